package browser

import (
	"strings"
	"testing"
)

// kept is all that a script could find in the browser.
const kept = `(async () => [
	document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage),
	...(await indexedDB.databases()).map(d => d.name), ...await caches.keys(),
].filter(text => text !== ""))()`

func TestPagesKeepNothingThatAScriptCouldRead(t *testing.T) {
	t.Parallel()
	signedIn := 0
	for _, s := range everyPage(t) {
		if len(s.kept) > 0 {
			t.Errorf("%s: a script can read %q", s.state, s.kept)
		}
		for _, c := range s.jar {
			if !c.HTTPOnly || c.SameSite != "Lax" || c.Path != "/" || strings.HasPrefix(c.Domain, ".") {
				t.Errorf("%s: the cookie is %+v", s.state, c)
			}
			if c.Name == "gatehouse" {
				signedIn++
			}
		}
	}
	if signedIn < 10 {
		t.Errorf("%d pages were seen by somebody signed in", signedIn)
	}
}

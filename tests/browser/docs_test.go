package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The page of the API is not of our own HTML; what can be wanted of it is that it shows the description, asks nobody else for
// anything, and breaks no rule of its content policy.
func TestTheDocsShowTheRoutesAndAskNobodyElse(t *testing.T) {
	t.Parallel()
	b := newTab(t, start(t, "GATEHOUSE_PAGES=off").url)
	b.open("/docs")
	for _, width := range []int64{1280, 320} {
		b.resize(width, 800)
		if !soon(func() bool { return strings.Contains(b.text(), "Sign in for tokens") }) {
			b.fail("at %d px the page does not show the operation", width)
		}
		for _, text := range []string{"Gatehouse", "Make an account and sign in", "/api/auth/forward"} {
			if !strings.Contains(b.text(), text) {
				b.fail("at %d px the page does not show %q", width, text)
			}
		}
		b.picture(fmt.Sprintf("docs-%d", width))
		if reach := eval[int64](b, "document.documentElement.scrollWidth"); reach > width {
			t.Errorf("at %d px the page is %d px wide", width, reach)
		}
	}
	s := b.take()
	for _, c := range s.complaints {
		if !strings.HasPrefix(c, `GenericIssue: {"genericIssueDetails":{"errorType":"Form`) { // Redoc's fields have no names
			t.Errorf("the browser complains of %s", c)
		}
	}
	asked := map[string]bool{}
	for _, r := range s.requests {
		if own := strings.HasPrefix(r.url, b.site+"/") || strings.HasPrefix(r.url, "data:") || strings.HasPrefix(r.url, "blob:"+b.site+"/"); !own {
			t.Errorf("the page asks for %s", r.url)
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(r.url, b.site), "?")
		asked[path] = true
	}
	if !asked["/openapi.json"] || !asked["/gatehouse/redoc.js"] {
		t.Errorf("the page asked for %v, want the description and the script among them", asked)
	}
}

func TestTheDocsPointToTheDescriptionWithoutScripts(t *testing.T) {
	t.Parallel()
	b := newTab(t, start(t).url)
	b.disableScripts()
	b.open("/docs")
	b.at("/docs", "openapi.json")
	if status := b.click("a[href='/openapi.json']"); status != 200 {
		t.Errorf("the link leads to %d", status)
	}
}

// picture writes what the window shows into the folder for screenshots, if there is one.
func (b *tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	var png []byte
	b.do("take a picture", chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

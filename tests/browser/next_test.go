package browser

import (
	"net/url"
	"testing"
)

// elsewhere are addresses that lead, or led some browser once, to another site.
var elsewhere = []string{
	"http://evil.test/", "//evil.test/", "///evil.test/", "/\\evil.test/", "\\\\evil.test/", "/\t/evil.test/", "/\n/evil.test/", "\t//evil.test/",
	" //evil.test/", "/ /evil.test/", "/.//evil.test/", "/..//evil.test/", "/a/..//evil.test/", "/%09/evil.test/", "/%5cevil.test/", "/%2f%2fevil.test/",
	"javascript:alert(1)", "data:text/html,a", "http:evil.test/", "http:/evil.test/", "https:///evil.test/", "@evil.test/", ":80/", ".evil.test/", "//localhost@evil.test/",
	"/\u2028/evil.test/", "\uff0f\uff0fevil.test/", "/\x00/evil.test/", "/a?b=//evil.test/", "/a#//evil.test/",
}

// A browser reads an address more kindly than a program does, so it is asked where the links and the sign-in lead.
func TestSigningInNeverLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	g := start(t)
	g.member("ann@example.com")
	b := newTab(t, g.url)
	b.signIn("ann@example.com", password)
	for _, next := range elsewhere {
		b.open("/login?next=" + url.QueryEscape(next))
		if to := eval[string](b, "document.querySelector('main a').origin"); to != g.url {
			t.Errorf("next=%q: the link leads to %s", next, to)
		}
	}
	for _, next := range []string{"//evil.test/", "/\\evil.test/", "/\t/evil.test/"} {
		b = newTab(t, g.url)
		b.open("/login?next=" + url.QueryEscape(next))
		b.fill("#email", "ann@example.com")
		b.fill("#password", password)
		b.submit("email")
		b.at("/account", "ann@example.com")
	}
}

package browser

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// back presses the Back button, as often as there is something to go back to, and returns all that was shown.
func (b *tab) back() (shown []string) {
	b.t.Helper()
	for {
		var index int64
		b.do("read the history", chromedp.ActionFunc(func(ctx context.Context) (err error) {
			var entries []*page.NavigationEntry
			if index, entries, err = page.GetNavigationHistory().Do(ctx); err != nil || index == 0 || entries[index-1].URL == "about:blank" {
				index = 0
				return err
			}
			return page.NavigateToHistoryEntry(entries[index-1].ID).Do(ctx)
		}))
		if index == 0 {
			return shown
		}
		if !soon(func() bool { return b.arrived(index - 1) }) {
			b.fail("the Back button does nothing")
		}
		shown = append(shown, eval[string](b, "document.documentElement.outerHTML"))
	}
}

// arrived tells whether the page of this entry of the history, or one that it leads on to, is there. Between two pages the
// browser gives no answer.
func (b *tab) arrived(index int64) bool {
	arrived := false
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		is, entries, err := page.GetNavigationHistory().Do(ctx)
		if err != nil || is != index {
			return err
		}
		there := fmt.Sprintf("document.readyState === 'complete' && location.href === %q", entries[is].URL)
		return chromedp.Evaluate(there, &arrived).Do(ctx)
	}))
	return err == nil && arrived
}

func TestAfterSigningOutTheBackButtonShowsNothingPrivate(t *testing.T) {
	t.Parallel()
	goBack(t, start(t))
}

// Browsers keep more of pages that came over https.
func TestAfterSigningOutTheBackButtonShowsNothingPrivateOverHTTPS(t *testing.T) {
	t.Parallel()
	goBack(t, behind(t, "https", "auth.example.com", nil))
}

func goBack(t *testing.T, g *program) {
	t.Helper()
	const email = "ann@example.com"
	g.member(email)
	b := newTab(t, g.url)
	b.signIn(email, password)
	for _, path := range []string{"/account/sessions", "/account/security", "/account/email", "/account"} {
		b.want(b.open(path), http.StatusOK)
		if html := eval[string](b, "document.documentElement.outerHTML"); !strings.Contains(html, `action="/logout"`) {
			b.fail("%s is not shown to somebody signed in", path)
		}
	}
	b.click(signOut)
	shown := b.back()
	if len(shown) < 5 {
		t.Errorf("the Back button showed %d pages", len(shown))
	}
	for _, html := range shown {
		if strings.Contains(html, email) || strings.Contains(html, `action="/logout"`) || !strings.Contains(html, `name="password"`) {
			t.Errorf("the Back button showed\n%s", html)
		}
	}
}

// A page that may be stored is shown again, so the test above can fail.
func TestTheBackButtonShowsWhatABrowserKeeps(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, map[string]http.HandlerFunc{"/private": html("<p>ann@example.com</p>"), "/out": html("<p>Out</p>")}))
	b.open("/private")
	b.open("/out")
	if shown := b.back(); len(shown) != 1 || !strings.Contains(shown[0], "ann@example.com") {
		t.Errorf("the Back button showed %q", shown)
	}
}

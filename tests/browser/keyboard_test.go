package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focus is what the page shows of where the keyboard is.
type focus struct {
	Is, Visible bool
	HTML        string
}

// press presses a key that opens no page.
func (b *tab) press(key string) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(key))
}

// pressTo presses a key that opens a page.
func (b *tab) pressTo(key string) {
	b.t.Helper()
	b.load("press a key", chromedp.KeyEvent(key))
}

// write types into what has the focus.
func (b *tab) write(text string) {
	b.t.Helper()
	b.do("type", input.InsertText(text))
}

// tabTo presses Tab until the element has the focus, and wants to see the focus wherever it comes by.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 40 {
		b.press(kb.Tab)
		f := b.focus(selector)
		if !f.Visible {
			b.t.Errorf("the focus cannot be seen on %s", f.HTML)
		}
		if f.Is {
			return
		}
	}
	b.fail("Tab does not reach %s", selector)
}

// focus looks at the element with the focus: within the window, with a line or a shadow around it that others have not.
func (b *tab) focus(selector string) focus {
	b.t.Helper()
	return eval[focus](b, fmt.Sprintf(`(() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect()
		const marked = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 || s.boxShadow !== "none"
		const inside = r.width > 0 && r.height > 0 && r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight
		return {Is: e.matches(%q), Visible: e !== document.body && marked && inside, HTML: e.outerHTML.slice(0, 200)}
	})()`, selector))
}

func TestAllCanBeDoneWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	g := start(t)
	g.member("ann@example.com")
	elsewhere := newTab(t, g.url)
	elsewhere.signIn("ann@example.com", password)

	b := newTab(t, g.url)
	b.open("/login")
	b.tabTo(`a[href="#main"]`)
	b.press(kb.Enter)
	if !soon(func() bool { return eval[bool](b, `document.activeElement.id === "main"`) }) {
		t.Error("the first link does not lead to the content")
	}
	b.tabTo("#email")
	b.write("ann@example.com")
	b.tabTo("#password")
	b.write(password)
	b.tabTo("[name=remember]")
	b.press(" ")
	if !b.has("[name=remember]:checked") {
		t.Error("the space bar does not check the box")
	}
	b.tabTo("form:has(#email) button")
	b.pressTo(kb.Enter)
	b.at("/account", "ann@example.com")
	b.tabTo(`a[href="/account/sessions"]`)
	b.pressTo(kb.Enter)
	b.at("/account/sessions", "")
	b.tabTo("form:has([name=scope]) button")
	b.pressTo(" ")
	b.at("/account/sessions?done=ended-others", "")
	b.tabTo(signOut)
	b.pressTo(" ")
	b.at("/login?done=signed-out", "signed out")
	b.tabTo("#email")
	b.write("ann@example.com")
	b.tabTo("#password")
	b.write(password)
	b.pressTo(kb.Enter) // in the field itself
	b.at("/account", "ann@example.com")
}

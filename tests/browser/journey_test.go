package browser

import (
	"net/http"
	"strings"
	"testing"
)

// signOut is the button that every page of an account has.
const signOut = `form[action="/logout"] button`

// signIn fills in the page for it.
func (b *tab) signIn(email, password string) {
	b.t.Helper()
	b.open("/login")
	b.fill("#email", email)
	b.fill("#password", password)
	b.submit("email")
	b.at("/account", email)
}

// want ends the test unless a page came with this status.
func (b *tab) want(status, want int) {
	b.t.Helper()
	if status != want {
		b.fail("status = %d, want %d", status, want)
	}
}

func TestPeopleGetThroughTheirWholeAccountWithScripts(t *testing.T) {
	t.Parallel()
	g := start(t)
	journey(t, g, newTab(t, g.url), newTab(t, g.url))
}

func TestPeopleGetThroughTheirWholeAccountWithoutScripts(t *testing.T) {
	t.Parallel()
	g := start(t)
	b, elsewhere := newTab(t, g.url), newTab(t, g.url)
	b.disableScripts()
	elsewhere.disableScripts()
	b.open(serve(t, map[string]http.HandlerFunc{"/": html(`<p>None</p><script>document.body.append("Some")</script><noscript>Off</noscript>`)}) + "/")
	if text := b.text(); strings.Contains(text, "Some") || !strings.Contains(text, "Off") {
		b.fail("scripts run")
	}
	journey(t, g, b, elsewhere)
}

// Cookies have other names and rules there, and the browser tells more of where a form is from.
func TestPeopleGetThroughTheirWholeAccountOverHTTPS(t *testing.T) {
	t.Parallel()
	g := behind(t, "https", "auth.example.com", nil)
	b := newTab(t, g.url)
	journey(t, g, b, newTab(t, g.url))
}

// A browser trusts such a site less than localhost: it does not tell where a form is from in Sec-Fetch-Site.
func TestPeopleGetThroughTheirWholeAccountOverPlainHTTP(t *testing.T) {
	t.Parallel()
	g := behind(t, "http", "gatehouse.test", nil)
	journey(t, g, newTab(t, g.url), newTab(t, g.url))
}

// journey is all that somebody does with an account, from one browser and, once, from another.
func journey(t *testing.T, g *program, b, elsewhere *tab) {
	t.Helper()
	const email = "ann@example.com"
	b.signUp(email)
	b.click(signOut)
	b.at("/login?done=signed-out", "signed out")

	b.open("/account/security") // leads there after the sign-in
	b.fill("#email", email)
	b.fill("#password", "not this one")
	b.want(b.submit("email"), http.StatusUnauthorized)
	if kept := eval[[]string](b, "[email.value, password.value]"); kept[0] != email || kept[1] != "" {
		b.fail("the fields keep %q", kept)
	}
	b.fill("#password", password)
	b.submit("email")
	b.at("/account/security", "")

	b.click(signOut)
	b.recover(g, email)
	b.rename("Ann Lee")
	b.endOther(elsewhere, email)

	b.click(`a[href="/account/security"]`)
	history := b.text()
	for _, event := range []string{"Account created", "Sign-in with a wrong password", "Password changed by an e-mailed link", "Name or gender changed", "Session ended"} {
		if !strings.Contains(history, event) {
			b.fail("the history does not tell of %q", event)
		}
	}
	b.leave(email)
}

func (b *tab) signUp(email string) {
	b.t.Helper()
	b.open("/")
	b.click(`a[href^="/signup"]`)
	b.fill("#email", email)
	b.fill("#password", password)
	b.fill("#name", "Ann")
	b.submit("email")
	b.at("/account", email)
}

// recover gets in by a mail, and no longer by the old password.
func (b *tab) recover(g *program, email string) {
	b.t.Helper()
	b.click(`a[href^="/forgot"]`)
	b.fill("#email", email)
	b.submit("email")
	b.at("/forgot?done=mailed", "")
	b.open(g.mailed("reset", email))
	b.fill("#newPassword", newPassword)
	b.submit("newPassword")
	b.at("/login?done=reset", "")
	b.fill("#email", email)
	b.fill("#password", password)
	b.want(b.submit("email"), http.StatusUnauthorized)
	b.fill("#password", newPassword)
	b.submit("email")
	b.at("/account", email)
}

func (b *tab) rename(name string) {
	b.t.Helper()
	b.fill("#name", name)
	b.submit("name")
	b.at("/account?done=saved", "")
	b.open("/account")
	if is := eval[string](b, "document.querySelector('#name').value"); is != name {
		b.fail("the name is %q, want %q", is, name)
	}
}

// endOther ends the session of another browser, and not its own.
func (b *tab) endOther(elsewhere *tab, email string) {
	b.t.Helper()
	elsewhere.signIn(email, newPassword)
	b.click(`a[href="/account/sessions"]`)
	b.at("/account/sessions", "")
	if n := eval[int](b, "document.querySelectorAll('main [name=id]').length"); n != 2 {
		b.fail("%d sessions are shown, want 2", n)
	}
	b.click("main li:not(:has(.here)) form button")
	b.at("/account/sessions?done=ended", "")
	elsewhere.open("/account")
	if !strings.HasPrefix(elsewhere.path(), "/login?") {
		elsewhere.fail("the other browser is still signed in")
	}
	b.want(b.open("/account"), http.StatusOK)
	b.at("/account", email)
}

// leave deletes the account.
func (b *tab) leave(email string) {
	b.t.Helper()
	b.open("/account")
	b.click(`a[href="/account/delete"]`)
	b.fill("#password", "not this one")
	b.want(b.submit("password"), http.StatusUnprocessableEntity)
	b.fill("#password", newPassword)
	b.submit("password")
	b.at("/login?done=deleted", "")
	b.fill("#email", email)
	b.fill("#password", newPassword)
	b.want(b.submit("email"), http.StatusUnauthorized)
}

package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Long texts without a space are the hardest to lay out.
const (
	longEmail = "wilhelmina.featherstonehaugh-cholmondeley@mathematics.university.example.com"
	longName  = "Wilhelmina Featherstonehaughcholmondeleymarjoribanksbeauchampwindsorsmythe"
)

// walker goes to every page there is, in every state that people meet, and has each looked at.
type walker struct {
	t    *testing.T
	g    *program
	b    *tab
	look func(state string)
}

// walk makes what each test looks at: look is called with a name for the state that the tab shows.
func walk(t *testing.T, look func(b *tab, state string)) {
	t.Helper()
	g := start(t, "GATEHOUSE_ACCOUNT_DELAY=10m", "GATEHOUSE_SITE_NAME=The Society for Mathematics")
	w := &walker{t: t, g: g, b: newTab(t, g.url)}
	w.look = func(state string) { look(w.b, state) }
	w.visitor()
	w.forgetful()
	w.member()
	w.admin()
	w.lost()

	g = start(t, "GATEHOUSE_EMAIL_VERIFICATION=require")
	w.g, w.b = g, newTab(t, g.url)
	w.unconfirmed()
}

// open looks at a page that is gone to.
func (w *walker) open(state string, wantStatus int, path string) {
	w.t.Helper()
	w.met(state, w.b.open(path), wantStatus)
}

// submit looks at what a form leads to: the one that has the field, filled in so.
func (w *walker) submit(state string, wantStatus int, field string, filled ...string) {
	w.t.Helper()
	for i := 0; i < len(filled); i += 2 {
		w.b.fill("#"+filled[i], filled[i+1])
	}
	w.met(state, w.b.submit(field), wantStatus)
}

// click looks at what a link or a button leads to.
func (w *walker) click(state string, wantStatus int, selector string) {
	w.t.Helper()
	w.met(state, w.b.click(selector), wantStatus)
}

func (w *walker) met(state string, status, wantStatus int) {
	w.t.Helper()
	if status != wantStatus {
		w.b.fail("%s: status = %d, want %d", state, status, wantStatus)
	}
	w.look(state)
}

// visitor is somebody who signs up, after some mistakes.
func (w *walker) visitor() {
	w.t.Helper()
	w.g.member("locked@example.com")
	for range 5 {
		w.g.post("/api/users/login", url.Values{"email": {"locked@example.com"}, "password": {"not this one"}}, http.StatusUnauthorized)
	}
	w.open("home", 200, "/")
	w.submit("login-wrong", 401, "email", "email", longEmail, "password", "not this one")
	w.submit("login-too-many", 429, "email", "email", "locked@example.com", "password", password)
	w.open("not-found", 404, "/nothing")
	w.open("signup", 200, "/signup?next=/account/sessions")
	w.submit("signup-weak", 422, "email", "email", longEmail, "password", "password", "name", longName)
	w.submit("signup-taken", 409, "email", "email", "locked@example.com", "password", password)
	w.submit("signup-done", 200, "email", "email", longEmail, "password", password)
	w.click("signed-out", 200, signOut)
}

// forgetful is somebody who has lost a password, and a mail.
func (w *walker) forgetful() {
	w.t.Helper()
	w.open("forgot", 200, "/forgot")
	w.submit("forgot-invalid", 422, "email", "email", "ann..lee@example.com")
	w.submit("forgot-done", 200, "email", "email", longEmail)
	w.open("reset", 200, w.g.mailed("reset", longEmail))
	w.submit("reset-weak", 422, "newPassword", "newPassword", "password")
	w.submit("reset-done", 200, "newPassword", "newPassword", newPassword)
	w.open("reset-invalid", 200, "/reset?token="+strings.Repeat("a", 43))
	w.submit("reset-invalid-sent", 422, "newPassword", "newPassword", newPassword)
	w.g.mailed("verify", "locked@example.com") // void as soon as there is a newer one
	w.open("resend", 200, "/verify/resend")
	w.submit("resend-done", 200, "email", "email", "locked@example.com")
	w.open("verify", 200, w.g.mailed("verify", "locked@example.com"))
	w.click("verify-done", 200, "main form button")
	w.open("verify-invalid", 200, "/verify?token="+strings.Repeat("a", 43))
	w.click("verify-invalid-sent", 422, "main form button")
}

// member is somebody signed in.
func (w *walker) member() {
	w.t.Helper()
	w.open("login", 200, "/login?next=/account")
	w.submit("account", 200, "email", "email", longEmail, "password", newPassword)
	w.submit("account-invalid", 422, "name", "name", strings.Repeat("W", 300))
	w.submit("account-saved", 200, "name", "name", longName)
	w.submit("too-large", 413, "name", "name", strings.Repeat("W", 70_000))
	w.open("email", 200, "/account/email")
	w.submit("email-wrong", 422, "newEmail", "newEmail", "ann@example.com", "password", "not this one")
	w.submit("email-taken", 200, "newEmail", "newEmail", "ann@example.com", "password", newPassword)
	w.open("password", 200, "/account/password")
	w.submit("password-wrong", 422, "newPassword", "currentPassword", "not this one", "newPassword", password)
	w.submit("password-weak", 422, "newPassword", "currentPassword", newPassword, "newPassword", "password")
	w.submit("password-done", 200, "newPassword", "currentPassword", newPassword, "newPassword", password)
	eval[any](w.b, `document.querySelector("form:has(#name)").action = "/account/security"; null`)
	w.submit("wrong-method", 405, "name")
	for range 2 {
		w.g.post("/api/users/login", url.Values{"email": {longEmail}, "password": {password}}, http.StatusOK)
	}
	w.open("sessions", 200, "/account/sessions")
	w.click("sessions-others-ended", 200, "form:has([name=scope]) button")
	w.open("security", 200, "/account/security")
	w.open("security-before", 200, "/account/security?before=1")
	w.open("delete", 200, "/account/delete")
	w.submit("delete-wrong", 422, "password", "password", "not this one")
}

// admin is somebody who looks after the others.
func (w *walker) admin() {
	w.t.Helper()
	w.open("admin-hidden", 404, "/admin")
	w.g.run("users", "role", longEmail, "admin")
	w.click("signed-out-again", 200, signOut) // so that the role counts at once, and not within a second
	w.open("admin-login", 200, "/login?next=/admin")
	w.submit("admin", 200, "email", "email", longEmail, "password", password)
	w.open("admin-users", 200, "/admin/users")
	w.submit("admin-users-none", 200, "search", "search", "nobody has this name")
	w.submit("admin-users-found", 200, "search", "search", "locked")
	w.click("admin-user", 200, "main .rows a")
	w.submit("admin-user-role-wrong", 422, "role", "role", "a, b")
	w.submit("admin-user-role", 200, "role", "role", "editor")
	w.click("admin-user-disabled", 200, "form:has([value=disable]) button")
	w.click("admin-user-events", 200, "main p.after a")
	w.open("admin-events", 200, "/admin/events")
	w.submit("admin-events-wrong", 422, "user", "user", "nobody")
	w.open("admin-own", 200, "/admin/users?search="+longEmail)
	w.click("admin-user-own", 200, "main .rows a")
}

// lost is somebody at the wrong place.
func (w *walker) lost() {
	w.t.Helper()
	w.open("not-found-signed-in", 404, "/account/nothing")
	w.open("login-already", 200, "/login")
	w.open("signup-already", 200, "/signup")
	w.open("logout", 200, "/logout")
	w.click("logout-done", 200, "main form button")
	w.open("sent-to-login", 200, "/account/sessions")
}

// unconfirmed is somebody whose address must be confirmed before anything else.
func (w *walker) unconfirmed() {
	w.t.Helper()
	w.open("required-signup", 200, "/signup")
	w.submit("required-signup-mailed", 200, "email", "email", longEmail, "password", password)
	w.open("required-login", 200, "/login")
	w.submit("required-login-refused", 403, "email", "email", longEmail, "password", password)
	w.open("required-verify", 200, w.g.mailed("verify", longEmail))
	w.submit("required-verify-wrong", 422, "password", "password", "not this one")
	w.submit("required-verify-done", 200, "password", "password", password)
}

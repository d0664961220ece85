package sessionstore

import (
	"context"
	"net/http"
	"slices"

	gorilla "github.com/gorilla/sessions"

	"gatehouse/models/account"
	"gatehouse/models/session"
)

// Key is the key of a request's Known in its context.
type Key struct{}

// Known is what is known of a request's session, so that the store does not look for it again. Whoever finds the session says
// so by Show or Withhold.
type Known struct {
	name     string
	current  *account.Current
	withheld bool
}

// Show says that this is the session behind the cookie of a name.
func (k *Known) Show(name string, current *account.Current) {
	*k = Known{name: name, current: current}
}

// Withhold says that the session of a name is empty and cannot be saved, whatever cookie came with the request: its sender
// is known by something else.
func (k *Known) Withhold(name string) { *k = Known{name: name, withheld: true} }

// knownOf returns what is known of the session of a name.
func knownOf(ctx context.Context, name string) (k Known, known bool) {
	if found, ok := ctx.Value(Key{}).(*Known); ok && found.name == name {
		return *found, true
	}
	return Known{}, false
}

// Secrets returns each different value that could be a session secret among the request's cookies of one name.
// Anything else was not made here and is not looked up (session fixation: an unknown id is never adopted).
func Secrets(r *http.Request, name string) []session.Secret {
	var secrets []session.Secret
	for _, c := range r.CookiesNamed(name) {
		if secret, ok := session.ParseSecret(c.Value); ok && !slices.Contains(secrets, secret) {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// Cookie makes a cookie with these attributes.
func Cookie(name, value string, o *gorilla.Options) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // the attributes are the store's settings
		Name: name, Value: value, Path: o.Path, Domain: o.Domain, MaxAge: o.MaxAge,
		Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite,
	}
}

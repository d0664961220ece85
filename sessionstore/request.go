package sessionstore

import (
	"context"
	"net/http"
	"slices"

	gorilla "github.com/gorilla/sessions"

	"gatehouse/models/account"
	"gatehouse/models/session"
)

type loadedKey struct{}

type loaded struct {
	name     string
	current  account.Current
	withheld bool
}

// WithCurrent returns a context in which the session behind the cookie of this name is known already, so that
// the store does not look for it again.
func WithCurrent(ctx context.Context, name string, current account.Current) context.Context {
	return context.WithValue(ctx, loadedKey{}, loaded{name: name, current: current})
}

// WithoutSession returns a context in which the session of this name is empty and cannot be saved, whatever cookie came
// with the request: its sender is known by something else.
func WithoutSession(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, loadedKey{}, loaded{name: name, withheld: true})
}

func fromContext(ctx context.Context, name string) (l loaded, known bool) {
	l, known = ctx.Value(loadedKey{}).(loaded)
	return l, known && l.name == name
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

package tests

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/token"
)

// oneName lets a server take the tokens of another: without it each is called after its address.
var oneName = []string{"GATEHOUSE_ISSUER=https://auth.example.org", "GATEHOUSE_AUDIENCE=https://apps.example.org"}

func TestTokenJourney(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		tokenJourney(t, process(t, t.TempDir(), settings(t, databaseURL, oneName...)), "ann@example.com")
	})
}

// tokenJourney does everything that programs do with tokens.
func tokenJourney(t *testing.T, s *server, email string) {
	t.Helper()
	visitor := s.person()
	r := visitor.post("/auth/signup", `{"email":"`+email+`","password":"`+password+`"}`).want(http.StatusCreated)
	if !strings.Contains(r.body, `"lastLogin":null`) || strings.Contains(r.body, "Token") {
		t.Errorf("sign-up = %s, want a user who never signed in, and no tokens", r.body)
	}
	visitor.post("/auth/signup", credentials(email, password)).want(http.StatusConflict, "email_taken")
	visitor.post("/auth/login", credentials(email, "wrong password")).want(http.StatusUnauthorized, "invalid_credentials")
	r = visitor.post("/auth/login", credentials(email, password)).want(http.StatusOK)
	for _, part := range []string{`"success":true`, `"email":"` + email + `"`, `"tokenType":"Bearer"`, `"expiresIn":180`, `"refreshExpiresIn":300`} {
		if !strings.Contains(r.body, part) {
			t.Errorf("login = %s, want %s in it", r.body, part)
		}
	}
	ann := visitor.given(r)
	for _, name := range []string{"authorization_access", "authorization-access"} {
		ann.get("/api/users/me", name, ann.access).want(http.StatusOK)
		ann.get("/auth/page", name, ann.access).want(http.StatusOK)
	}
	ann.wantGood()
	if r := ann.get("/api/auth/forward", "Authorization", "Bearer "+ann.access).want(http.StatusOK); r.header.Get("Remote-User") != email {
		t.Errorf("Remote-User = %q, want %q", r.header.Get("Remote-User"), email)
	}
	if r := ann.ask(http.MethodGet, "/api/users/sessions", "").want(http.StatusOK); !strings.Contains(r.body, `"id":"`+claimsOf(t, ann.access).Session+`","kind":"token"`) {
		t.Errorf("sessions = %s, want the family of the token", r.body)
	}

	r = ann.exchange().want(http.StatusOK)
	second := ann.given(r)
	if r.header.Get("authorization_access") != second.access || r.header.Get("authorization_refresh") != second.refresh {
		t.Error("the tokens in the headers of a refresh are not those of its body")
	}
	second.wantGood()
	ann.wantGood() // a refresh does not end the earlier access token
	third := second.next()
	third.ask(http.MethodPost, "/api/users/reauthenticate", `{"password":"`+password+`"}`).want(http.StatusOK)
	third.signOut().want(http.StatusOK)
	for _, b := range []*bearer{ann, second, third} {
		b.wantRevoked()
	}
	third.signOut().want(http.StatusOK)

	victim, thief := s.bearer(email), s.person()
	next := victim.next().next()
	thief.post("/auth/refresh", `{"refreshToken":"`+victim.refresh+`"}`).want(http.StatusUnauthorized, "refresh_reused")
	next.wantRevoked()

	s.bearer(email).ask(http.MethodDelete, "/api/users/me", "").want(http.StatusOK)
	visitor.post("/auth/login", credentials(email, password)).want(http.StatusUnauthorized, "invalid_credentials")
	if visitor.cookie() != "" || thief.cookie() != "" {
		t.Error("a cookie was set")
	}
}

func TestTokensAndTheirEndsSurviveRestarts(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, oneName...)
		s := process(t, t.TempDir(), env)
		s.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
		kept, out, spent := s.bearer("ann@example.com"), s.bearer("ann@example.com"), s.bearer("ann@example.com")
		outNext := out.next()
		outNext.signOut().want(http.StatusOK)
		spentNext := spent.next().next()

		s.stop()
		s = process(t, t.TempDir(), env)
		kept = kept.at(s)
		kept.wantGood()
		for _, b := range []*bearer{out, outNext} {
			b.at(s).wantRevoked()
		}
		spentNext.at(s).wantGood()
		spent.at(s).exchange().want(http.StatusUnauthorized, "refresh_reused")
		spentNext.at(s).wantRevoked()
		keptNext := kept.next()
		keptNext.next()

		s.stop()
		s = process(t, t.TempDir(), env)
		outNext.at(s).wantRevoked()
		spentNext.at(s).wantRevoked()
		keptNext.at(s).wantGood()
		kept.at(s).exchange().want(http.StatusUnauthorized, "refresh_reused")
		keptNext.at(s).wantRevoked()
	})
}

// TestTokensBelongToOneBaseURL restarts a server under its own name, under another one, and under its own again.
func TestTokensBelongToOneBaseURL(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL)
		s := named(t, env, "http://auth.example.org")
		s.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
		ann := s.bearer("ann@example.com")
		if c := claimsOf(t, ann.access); c.Issuer != "http://auth.example.org" || c.Audience != c.Issuer {
			t.Errorf("iss = %q, aud = %q, want the base-url", c.Issuer, c.Audience)
		}
		s.stop()
		s = named(t, env, "http://other.example.org")
		ann.at(s).me().want(http.StatusUnauthorized, "token_invalid")
		ann.at(s).exchange().want(http.StatusUnauthorized, "token_invalid")
		ann.at(s).signOut().want(http.StatusOK) // which it passes over
		s.stop()
		s = named(t, env, "http://auth.example.org")
		ann.at(s).wantGood()
		ann.at(s).next().wantGood()
	})
}

// named runs a server under this base-url, wherever it listens.
func named(t *testing.T, env []string, baseURL string) *server {
	t.Helper()
	address := freeAddress(t)
	s := inside(t, append(env[:len(env):len(env)], "GATEHOUSE_LISTEN="+address, "GATEHOUSE_BASE_URL="+baseURL))
	s.url = "http://" + address
	return s
}

// TestTokensNeedNoRightToChangeTables runs a server that may only read and write rows, from its first start on: it makes
// its own keys.
func TestTokensNeedNoRightToChangeTables(t *testing.T) {
	t.Parallel()
	databaseURL := emptyMySQL(t)
	env := settings(t, databaseURL, oneName...)
	if code, _, said := attempt(t, env, "migrate", "up"); code != 0 {
		t.Fatalf("migrate up: exit code %d: %s", code, said)
	}
	limitedURL := limitedUser(t, databaseURL, "SELECT, INSERT, UPDATE, DELETE")
	limited := slices.Concat(env, []string{"GATEHOUSE_DATABASE_URL=" + limitedURL, "GATEHOUSE_MIGRATE=off"})
	conn := dbtest.OpenURL(t, databaseURL).DB
	const kids = "SELECT kid FROM signing_keys ORDER BY number"
	if rows := rowsOf(t, conn, 1, kids); len(rows) != 0 {
		t.Fatalf("keys before the first start = %v, want none", rows)
	}
	s := inside(t, limited)
	tokenJourney(t, s, "ann@example.com")
	if rows := rowsOf(t, conn, 1, kids); len(rows) != 1 {
		t.Errorf("keys after the first start = %v, want one", rows)
	}
	for _, command := range []string{"rotate", "list"} {
		if code, _, said := attempt(t, limited, "keys", command); code != 0 {
			t.Errorf("keys %s: exit code %d: %s", command, code, said)
		}
	}
	s.stop()
	s = inside(t, limited)
	if published := s.jwks(); len(published) != 2 {
		t.Errorf("published keys = %v, want two", published)
	}
	tokenJourney(t, s, "ben@example.com")
}

// bearer is somebody who holds tokens, at one server.
type bearer struct {
	*person
	access, refresh string
}

// bearer signs in for tokens.
func (s *server) bearer(email string) *bearer {
	s.t.Helper()
	p := s.person()
	return p.given(p.post("/auth/login", credentials(email, password)))
}

// given are the tokens of an answer.
func (p *person) given(r reply) *bearer {
	p.t.Helper()
	var in struct{ AccessToken, RefreshToken string }
	if err := json.Unmarshal([]byte(r.want(http.StatusOK).body), &in); err != nil || in.AccessToken == "" || in.RefreshToken == "" {
		p.t.Fatalf("answer = %s, want two tokens; %v", r.body, err)
	}
	return &bearer{p, in.AccessToken, in.RefreshToken}
}

// at is the same tokens at another server.
func (b *bearer) at(s *server) *bearer { return &bearer{s.person(), b.access, b.refresh} }

func (b *bearer) ask(method, path, body string) reply {
	b.t.Helper()
	return b.send(method, path, body, "Authorization", "Bearer "+b.access)
}

func (b *bearer) me() reply {
	b.t.Helper()
	return b.ask(http.MethodGet, "/api/users/me", "")
}

func (b *bearer) exchange() reply {
	b.t.Helper()
	return b.post("/auth/refresh", "", "authorization_refresh", b.refresh)
}

// next is the tokens after one refresh.
func (b *bearer) next() *bearer {
	b.t.Helper()
	return b.given(b.exchange())
}

func (b *bearer) signOut() reply {
	b.t.Helper()
	return b.post("/auth/logout", "", "authorization_access", b.access, "authorization_refresh", b.refresh)
}

// wantGood uses the access token; the refresh token stays as it is.
func (b *bearer) wantGood() {
	b.t.Helper()
	b.me().want(http.StatusOK)
	b.post("/auth/page", "", "Authorization-Access", b.access).want(http.StatusOK)
	r := b.post("/auth/verify", `{"token":"`+b.access+`"}`).want(http.StatusOK)
	if c := claimsOf(b.t, b.access); !strings.Contains(r.body, `"jti":"`+c.ID+`"`) || !strings.Contains(r.body, `"sub":"`+c.Subject+`"`) {
		b.t.Errorf("verify = %s, want the claims %+v", r.body, c)
	}
}

func (b *bearer) wantRevoked() {
	b.t.Helper()
	b.me().want(http.StatusUnauthorized, "token_revoked")
	b.exchange().want(http.StatusUnauthorized, "token_revoked")
	b.post("/auth/verify", `{"token":"`+b.access+`"}`).want(http.StatusUnauthorized, "token_revoked")
	b.get("/auth/page", "Authorization-Access", b.access, "Authorization-Refresh", b.refresh).want(http.StatusUnauthorized, "token_revoked")
	b.get("/api/auth/forward", "Authorization", "Bearer "+b.access).want(http.StatusUnauthorized, "token_revoked")
}

// claimsOf reads a token without verifying it.
func claimsOf(t *testing.T, text string) (c token.Claims) {
	t.Helper()
	decodePart(t, text, 1, &c)
	return c
}

func decodePart(t *testing.T, text string, part int, into any) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Errorf("token = %q, want three parts", text)
		return
	}
	plain, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err == nil {
		err = json.Unmarshal(plain, into)
	}
	if err != nil {
		t.Errorf("token = %q: %v", text, err)
	}
}

package controllers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gatehouse/config"
	"gatehouse/db/dbtest"
	"gatehouse/models/token"
)

const jwksPath = "/.well-known/jwks.json"

// verifier checks signatures as another program does that knows nothing of us but the answer of the JWKS route.
func (r reply) verifier() jwt.Keyfunc {
	r.t.Helper()
	var set struct {
		Keys []struct{ Kty, Crv, X, Y, Kid, Use, Alg string }
	}
	if err := json.Unmarshal([]byte(r.body), &set); err != nil {
		r.t.Fatal(err)
	}
	return func(t *jwt.Token) (any, error) {
		for _, k := range set.Keys {
			if k.Kid != t.Header["kid"] || k.Kty != "EC" || k.Crv != "P-256" || k.Use != "sig" || k.Alg != "ES256" {
				continue
			}
			x, errX := base64.RawURLEncoding.DecodeString(k.X)
			y, errY := base64.RawURLEncoding.DecodeString(k.Y)
			if err := errors.Join(errX, errY); err != nil {
				return nil, err
			}
			return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		}
		return nil, errors.New("no such key")
	}
}

// verifies checks that another program believes a token.
func (s *site) verifies(set reply, text string) bool {
	_, err := jwt.Parse(text, set.verifier(), jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(s.time),
		jwt.WithIssuer("http://localhost:0"), jwt.WithAudience("http://localhost:0"), jwt.WithExpirationRequired())
	return err == nil
}

func TestTheKeySetVerifiesTokens(t *testing.T) {
	form := regexp.MustCompile(`^\{"keys":\[\{"kty":"EC","crv":"P-256","x":"[\w-]{43}","y":"[\w-]{43}","kid":"([\w-]{43})","use":"sig","alg":"ES256"\}\]\}$`)
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		set := s.browser().get(jwksPath).want(http.StatusOK)
		if !form.MatchString(set.body) || set.header.Get("Cache-Control") != "public, max-age=300" || set.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%v %s", set.header, set.body)
		}
		for _, text := range []string{h.access, h.refresh} {
			if !s.verifies(set, text) {
				t.Errorf("the key set does not verify %s", text)
			}
		}
		another := newSite(t, dbtest.Open(t, s.conn.Engine()), nil)
		if s.verifies(another.browser().get(jwksPath), h.access) || another.browser().get(jwksPath).body == set.body {
			t.Error("two servers have one key")
		}
		r := s.browser().send(http.MethodHead, jwksPath, "", "Authorization", "Bearer x", "authorization_access", "y").want(http.StatusOK)
		if r.header.Get("Cache-Control") != "public, max-age=300" || r.body != "" {
			t.Errorf("HEAD: %v %q", r.header, r.body)
		}
		s.browser().post(jwksPath, "").want(http.StatusMethodNotAllowed)
		_ = s.conn.Close()
		s.browser().get(jwksPath).want(http.StatusOK)
	})
}

func TestTokensStayGoodWhileTheKeyChanges(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		kid := func(h *holder) string {
			header, _, _ := opened(t, h.access)
			return header
		}
		h := s.holder("ann@example.com")
		first, before := kid(h), s.browser().get(jwksPath)
		if _, _, err := s.keys.Rotate(context.Background(), s.time()); err != nil {
			t.Fatal(err)
		}
		both := s.browser().get(jwksPath)
		published := func(r reply) (n int) { return len(regexp.MustCompile(`"kid"`).FindAllString(r.body, -1)) }
		if published(before) != 1 || published(both) != 2 {
			t.Fatalf("%d keys, then %d, want 1 and 2", published(before), published(both))
		}
		var last *holder // of the old key
		for range token.Lead / time.Minute {
			if kid(h) != first {
				t.Fatal("the new key signed before it was known long enough")
			}
			last = h.then()
			s.pass(time.Minute)
			h.renew().want(http.StatusOK)
		}
		if kid(h) == first {
			t.Fatal("the old key still signs")
		}
		last.me().want(http.StatusOK)
		h.me().want(http.StatusOK)
		if !s.verifies(both, h.access) || !s.verifies(both, last.access) || s.verifies(before, h.access) {
			t.Error("whoever fetched the keys after the change was made cannot verify all tokens")
		}
		s.pass(3 * time.Minute)
		last.renew().want(http.StatusUnauthorized, "refresh_reused") // the old key's tokens are still known
		s.pass(2 * time.Minute)
		if n := published(s.browser().get(jwksPath)); n != 2 {
			t.Errorf("%d keys while a token of the old one may be in use on a slow clock, want 2", n)
		}
		s.pass(time.Minute)
		if n := published(s.browser().get(jwksPath)); n != 1 {
			t.Errorf("%d keys after the last token of the old one expired, want 1", n)
		}
	})
}

// miss moves the clock of a server that cannot read its keys.
func (s *site) miss(d time.Duration) {
	keys := s.keys
	s.keys = nil
	s.pass(d)
	s.keys = keys
}

// A server that has not read the keys for a while may not know the newest, and judges nobody by that.
func TestATokenOfAnUnknownKeyIsNotRefusedByAnOldReading(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		other := newSite(t, dbtest.Open(t, s.conn.Engine()), nil).holder("ann@example.com")
		s.miss(token.ReadEvery)
		h.get("/api/users/me", "Authorization", "Bearer "+other.access).want(http.StatusUnauthorized, "token_invalid")
		s.miss(5 * token.ReadEvery)
		for _, r := range []reply{
			h.get("/api/users/me", "Authorization", "Bearer "+other.access), h.post("/auth/logout", "", other.both()...), h.post("/auth/refresh", "refreshToken="+other.refresh),
			h.post("/auth/logout", "", "authorization_access", other.access, "authorization_refresh", h.refresh),
		} {
			r.want(http.StatusServiceUnavailable, "database_unavailable").cookieless("unknown key")
		}
		h.renew().want(http.StatusUnauthorized, "token_expired")
		if n, _ := s.families(); n != 0 {
			t.Error("what could be judged was not signed out")
		}
		h = h.holder("ann@example.com") // its own key still signs
		h.me().want(http.StatusOK)
		s.pass(0)
		h.get("/api/users/me", "Authorization", "Bearer "+other.access).want(http.StatusUnauthorized, "token_invalid")
		h.post("/auth/logout", "", other.both()...).want(http.StatusOK)

		// Others would not believe a key that they may have superseded.
		h.renew().want(http.StatusOK)
		s.miss(token.Lead)
		h = h.holder("ann@example.com")
		s.miss(time.Second)
		h.renew().want(http.StatusServiceUnavailable, "database_unavailable")
		h.post("/auth/login", "email=ann@example.com&password=correct+horse").want(http.StatusServiceUnavailable, "database_unavailable")
		h.me().want(http.StatusOK)
		s.pass(0)
		h.renew().want(http.StatusOK)
	})
}

// longer signs a token of a shared secret anew, with a claim of so many bytes more.
func longer(text string, bytes int, secret string) string {
	parsed, _, _ := jwt.NewParser().ParseUnverified(text, jwt.MapClaims{})
	parsed.Claims.(jwt.MapClaims)["more"] = strings.Repeat("x", bytes)
	text, _ = parsed.SignedString([]byte(secret))
	return text
}

func TestTokensWithASharedSecret(t *testing.T) {
	const secret = "0pcS6yXQ3w8mJr1Vb7Zk9TfLh2NdEuAa"
	edit := func(c *config.Settings) { c.JWTAlgorithm, c.JWTSecret = "HS256", secret }
	eachWith(t, &options{edit: edit}, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		if header, _, _ := opened(t, h.access); header != `{"alg":"HS256","typ":"at+jwt"}` {
			t.Errorf("header = %s", header)
		}
		if _, err := jwt.Parse(h.access, func(*jwt.Token) (any, error) { return []byte(secret), nil }, jwt.WithTimeFunc(s.time)); err != nil {
			t.Errorf("an old consumer does not believe the token: %v", err)
		}
		s.browser().get(jwksPath).want(http.StatusNotFound, "not_found")
		h.me().want(http.StatusOK)
		for more, status := range map[int]int{1: http.StatusOK, token.MaxBytes: http.StatusUnauthorized} {
			if r := h.get("/api/users/me", "Authorization", "Bearer "+longer(h.access, more, secret)); r.status != status {
				t.Errorf("a good token with %d bytes more: %d, want %d", more, r.status, status)
			}
		}
		first := h.then()
		s.pass(3 * time.Minute)
		h.me().want(http.StatusUnauthorized, "token_expired")
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK)
		again := first.then()
		again.renew().want(http.StatusOK)
		if again.access != h.access || again.refresh != h.refresh {
			t.Error("the same successors have another text, though this signature has no chance in it")
		}

		// Each algorithm has its own keys: neither server believes the other's tokens.
		es256 := newSite(t, s.conn, nil)
		es256.pass(3 * time.Minute)
		other := es256.browser().holder("ann@example.com")
		other.me().want(http.StatusOK)
		h.get("/api/users/me", "Authorization", "Bearer "+other.access).want(http.StatusUnauthorized, "token_invalid")
		other.get("/api/users/me", "Authorization", "Bearer "+h.access).want(http.StatusUnauthorized, "token_invalid")
		other.post("/auth/refresh", "refreshToken="+h.refresh).want(http.StatusUnauthorized, "token_invalid")

		h.post("/auth/logout", "", h.both()...).want(http.StatusOK)
		h.wantOut("after the logout")
		other.me().want(http.StatusOK)
	})
}

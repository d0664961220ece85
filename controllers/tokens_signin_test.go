package controllers

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/config"
)

func TestAPasswordChangeBesideTokenSignInsLeavesNoFamilyOfTheOldOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, _ = s.browser().try(http.MethodPost, "/auth/login", "email=ann@example.com&password=correct+horse")
			})
		}
		b.post("/api/users/password", `{"currentPassword":"correct horse","newPassword":"battery staple"}`).want(http.StatusOK)
		wg.Wait()
		if n, _ := s.families(); n != 0 {
			t.Errorf("%d families of the old password, want 0", n)
		}
	})
}

func TestFamiliesHaveACapOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		first := b.holder("ann@example.com")
		s.pass(time.Second)
		second := b.holder("ann@example.com")
		for range 9 {
			s.pass(time.Second)
			b.holder("ann@example.com")
			s.browser().login("ann@example.com").want(http.StatusOK) // 10 cookies with that of the sign-up
		}
		first.wantOut("the oldest family")
		second.me().want(http.StatusOK)
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestTheCapHoldsUnderParallelSignInsForTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		statuses := parallel(50, func(int) int {
			r, err := s.browser().try(http.MethodPost, "/auth/login", "email=ann@example.com&password=correct+horse")
			if err != nil {
				return 0
			}
			return r.status
		})
		if statuses[http.StatusOK] != 50 {
			t.Errorf("statuses = %v, want 50 times 200", statuses)
		}
		if n, _ := s.families(); n != 10 {
			t.Errorf("%d families, want 10", n)
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestSignupForTokensClosed(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.Signup = "closed" }}, func(t *testing.T, s *site) {
		s.browser().post("/auth/signup", "email=ann@example.com&password=correct+horse").want(http.StatusForbidden, "signup_closed")
	})
}

func TestBadBodiesAtTokenRoutesAreRefusedAndNothingIsWritten(t *testing.T) {
	tests := []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"text", "text/plain", "email=a@example.com&password=correct+horse&token=x&refreshToken=x", 415, "unsupported_media_type"},
		{"no type", "", `{"token":"x"}`, 415, "unsupported_media_type"},
		{"cut off", jsonType, `{"email":"a@example.com"`, 400, "bad_request"},
		{"no object", jsonType, `["x"]`, 400, "bad_request"},
		{"repeated keys", jsonType, `{"email":"a","email":"b","token":"a","token":"b","refreshToken":"a","refreshToken":"b"}`, 400, "bad_request"},
		{"repeated fields", formType, "email=a&email=b&token=a&token=b&refreshToken=a&refreshToken=b", 400, "bad_request"},
		{"bad UTF-8", jsonType, "{\"token\":\"\xff\"}", 400, "bad_request"},
		{"too large", jsonType, `{"token":"` + strings.Repeat("x", 64<<10) + `"}`, 413, "body_too_large"},
		{"empty", jsonType, "", 422, "validation_failed"},
		{"nothing in it", jsonType, "{}", 422, "validation_failed"},
		{"empty fields", formType, "email=&password=&token=&refreshToken=", 422, "validation_failed"},
		{"numbers", jsonType, `{"email":1,"password":2,"token":3,"refreshToken":4}`, 422, "validation_failed"},
		{"null", jsonType, `{"email":null,"token":null,"refreshToken":null}`, 422, "validation_failed"},
		{"other case of the names", jsonType, `{"Email":"a@example.com","Password":"correct horse","Token":"x","RefreshToken":"x"}`, 422, "validation_failed"},
	}
	needed := map[string]string{"/auth/signup": "email", "/auth/login": "email", "/auth/refresh": "refreshToken", "/auth/verify": "token"}
	each(t, func(t *testing.T, s *site) {
		for _, test := range tests {
			for path, field := range needed {
				r := s.browser().post(path, test.body, "Content-Type", test.kind)
				if r.status != test.status || r.failure().Code != test.code {
					t.Errorf("%s at %s: %d %s, want %d %s", test.name, path, r.status, r.body, test.status, test.code)
				}
				if test.status == 422 && r.failure().Fields[field] == "" {
					t.Errorf("%s at %s: nothing said about %s: %s", test.name, path, field, r.body)
				}
				r.cookieless(path)
			}
			// Nobody need be signed in here, so that the body is all that can be wrong.
			if r := s.browser().post("/auth/logout", test.body, "Content-Type", test.kind); test.status != 422 && r.status != test.status {
				t.Errorf("%s at logout: %d %s, want %d", test.name, r.status, r.body, test.status)
			}
		}
		alive, blacklisted := s.families()
		if n := s.count("SELECT COUNT(*) FROM users"); n+alive+blacklisted != 0 {
			t.Errorf("%d users, %d families, %d tokens signed out, want none", n, alive, blacklisted)
		}
		if strings.Contains(s.log.String(), `"level":"ERROR"`) {
			t.Errorf("log has an error:\n%s", s.log)
		}
	})
}

func TestOrderOfRefusalsAtTokenRoutes(t *testing.T) {
	large := strings.Repeat("x", maxBody+1)
	foreign := []string{"Origin", "https://evil.example", "Content-Type", "text/plain", "authorization_access", "a", "authorization-access", "b"}
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		for _, path := range []string{"/auth/signup", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/verify", "/auth/page"} {
			b.post(path+"/", large, foreign...).want(http.StatusNotFound, "not_found")
			b.send("PUT", path, large, foreign...).want(http.StatusMethodNotAllowed, "method_not_allowed")
			b.post(path, large, foreign...).want(http.StatusRequestEntityTooLarge, "body_too_large")
			b.post(path, "x", foreign...).want(http.StatusForbidden, "cross_origin_refused")
		}
		text := []string{"Content-Type", "text/plain"}
		b.post("/auth/page", "x", text...).want(http.StatusUnauthorized, "not_signed_in")
		b.post("/auth/page", "{", "Authorization", "Bearer x").want(http.StatusUnauthorized, "token_invalid")
		h := s.holder("ann@example.com")
		h.post("/auth/page", "x", append(text, h.both()...)...).want(http.StatusUnsupportedMediaType)
		h.post("/auth/page", "{", h.both()...).want(http.StatusBadRequest)
		s.pass(3 * time.Minute)
		h.post("/auth/page", "x", append(text, h.both()...)...).want(http.StatusUnsupportedMediaType)
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE previous_jti IS NULL"); n != 1 {
			t.Error("a refused request exchanged the refresh token")
		}
	})
}

func TestForgedCrossOriginRequestsChangeNothingForTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		s.pass(3 * time.Minute)
		body := "email=eve@example.com&password=correct+horse&token=" + h.access + "&refreshToken=" + h.refresh
		for _, path := range []string{"/auth/signup", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/verify", "/auth/page"} {
			for _, forged := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
				r := h.post(path, body, append(forged, h.both()...)...).want(http.StatusForbidden, "cross_origin_refused")
				if r.cookieless(path); r.header.Get("Authorization_refresh") != "" {
					t.Errorf("%s: a refusal sent tokens", path)
				}
			}
		}
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users, want 1", n)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE refresh_jti = ? AND previous_jti IS NULL", claims(t, h.refresh).ID); n != 1 {
			t.Error("the family changed")
		}
		h.post("/auth/refresh", "", "authorization_refresh", h.refresh, "Sec-Fetch-Site", "same-origin", "Origin", s.URL).want(http.StatusOK)
	})
}

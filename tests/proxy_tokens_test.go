package tests

import (
	"net/http"
	"strings"
	"testing"
)

// tokens signs up and in for tokens through the proxy, and returns them and a client without any cookie.
func (s *site) tokens(t *testing.T, email string) (*http.Client, *bearer) {
	t.Helper()
	client := browser(t, s.client)
	const form = "application/x-www-form-urlencoded"
	if res, body := send(t, client, "POST", s.url+"/auth/signup", credentials(email, password), "Content-Type", form); res.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up: status = %d, want 201: %s", res.StatusCode, body)
	}
	res, body := send(t, client, "POST", s.url+"/auth/login", credentials(email, password), "Content-Type", form)
	return client, (&person{t: t}).given(reply{t: t, status: res.StatusCode, body: body})
}

func (s *site) accessTokenOpens(t *testing.T) {
	client, gus := s.tokens(t, "gus@example.com")
	for _, header := range [][]string{
		{"Authorization", "Bearer " + gus.access},
		{"Authorization-Access", gus.access},
	} {
		got := s.open(t, client, "POST", "/notes?x=1", "a body", header...)
		if got.Path != "/notes?x=1" || got.Digest != digest("a body") {
			t.Errorf("the app got %q, or another body than was sent", got.Path)
		}
		for name, want := range map[string]string{"Remote-User": "gus@example.com", "Remote-Id": claimsOf(t, gus.access).Subject, "Remote-Groups": "user", "Remote-Name": ""} {
			if value := strings.Join(got.Header[name], ","); value != want {
				t.Errorf("%s: %s = %q, want %q", header[0], name, value, want)
			}
		}
	}
	if res, _ := send(t, client, "GET", s.url+"/admin-app/", "", "Authorization", "Bearer "+gus.access); res.StatusCode != http.StatusForbidden {
		t.Errorf("/admin-app as user: status = %d, want 403", res.StatusCode)
	}

	cookie, before := s.signUp(t, "hal@example.com"), s.app.asked.Load()
	if res, body := send(t, client, "POST", s.url+"/auth/logout", "", "Authorization", "Bearer "+gus.access); res.StatusCode != http.StatusOK {
		t.Fatalf("logout: status = %d, want 200: %s", res.StatusCode, body)
	}
	for name, header := range map[string][]string{
		"revoked":                {"Authorization", "Bearer " + gus.access},
		"revoked, other header":  {"Authorization-Access", gus.access},
		"refresh token":          {"Authorization", "Bearer " + gus.refresh},
		"refresh token, as such": {"Authorization-Refresh", gus.refresh},
		"forged":                 {"Authorization", "Bearer " + gus.access + "x"},
	} {
		for who, asks := range map[string]*http.Client{"nobody": client, "somebody with a cookie": cookie} { // a cookie is no second chance
			if res, _ := send(t, asks, "GET", s.url+"/notes", "", append(header, "Accept", "application/json")...); res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s, from %s: status = %d, want 401", name, who, res.StatusCode)
			}
		}
	}
	if got := s.app.asked.Load(); got != before {
		t.Errorf("the app was asked %d times, want none", got-before)
	}
}

// tokenHeaders sends both spellings of the token headers through the proxy: the one with a hyphen always arrives.
func (s *site) tokenHeaders(t *testing.T, underscores bool) {
	client, ida := s.tokens(t, "ida@example.com")
	want := http.StatusUnauthorized
	if underscores {
		want = http.StatusOK
	}
	for _, path := range []string{"/auth/page", "/api/users/me", "/notes"} {
		if res, body := send(t, client, "GET", s.url+path, "", "Authorization-Access", ida.access); res.StatusCode != http.StatusOK {
			t.Errorf("%s with a hyphen: status = %d, want 200: %s", path, res.StatusCode, body)
		}
		if res, body := send(t, client, "GET", s.url+path, "", "authorization_access", ida.access); res.StatusCode != want {
			t.Errorf("%s with an underscore: status = %d, want %d: %s", path, res.StatusCode, want, body)
		}
	}
	res, body := send(t, client, "POST", s.url+"/auth/refresh", "", "Authorization-Refresh", ida.refresh)
	next := (&person{t: t}).given(reply{t: t, status: res.StatusCode, body: body})
	if res.Header.Get("authorization_access") != next.access || res.Header.Get("authorization_refresh") != next.refresh {
		t.Errorf("the headers of the refresh did not come through: %v", res.Header)
	}
	res, body = send(t, client, "GET", s.url+"/.well-known/jwks.json", "")
	if res.StatusCode != http.StatusOK || !strings.Contains(body, headerOf(t, next.access).Kid) {
		t.Errorf("published keys: status = %d: %s", res.StatusCode, body)
	}
}

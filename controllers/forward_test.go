package controllers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestForwardNamesTheUser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		b.post("/api/users/signup", `{"email":"Ann@example.com","password":"correct horse","name":"Ann Ünal"}`).want(http.StatusCreated)
		r := b.get("/api/auth/forward", "Remote-User", "eve").want(http.StatusOK)
		for name, want := range map[string]string{
			"Remote-User": "Ann@example.com", "Remote-Email": "Ann@example.com", "Remote-Id": "1", "Remote-Name": "Ann Ünal", "Remote-Groups": "user",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		b.send("PATCH", "/api/users/me", `{"name":""}`)
		if values, there := b.get("/api/auth/forward").header["Remote-Name"]; !there || values[0] != "" {
			t.Errorf("Remote-Name = %v, want it there and empty", values)
		}
	})
}

func TestForwardHeadersCannotBeForgedByAStoredName(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.exec("UPDATE users SET name = ?, role = ?", "Ann\r\nRemote-Groups: admin\u0085\u0000", "user\nadmin")
		r := b.get("/api/auth/forward").want(http.StatusOK)
		if got := r.header["Remote-Groups"]; len(got) != 1 || got[0] != "useradmin" {
			t.Errorf("Remote-Groups = %q", got)
		}
		if got := r.header.Get("Remote-Name"); got != "AnnRemote-Groups: admin" {
			t.Errorf("Remote-Name = %q", got)
		}
	})
}

func TestForwardRoles(t *testing.T) {
	tests := []struct {
		query  string
		status int
	}{
		{"", 200},
		{"?role=user", 200},
		{"?role=admin,user", 200},
		{"?role=admin,%20user", 200},
		{"?role=admin", 403},
		{"?role=", 403},
		{"?role=,", 403},
		{"?role=USER", 403},
		{"?role=use", 403},
		{"?roles=admin", 400},
		{"?Role=admin", 400},
		{"?role[]=admin", 400},
		{"?role=user&x=1", 400},
		{"?role=admin&role=user", 400},
		{"?role=%zz", 400},
		{"?x=1;role=admin", 400},
	}
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, test := range tests {
			if r := b.get("/api/auth/forward" + test.query); r.status != test.status {
				t.Errorf("%q: status = %d, want %d", test.query, r.status, test.status)
			}
			if test.status != 400 {
				s.browser().get("/api/auth/forward" + test.query).want(http.StatusUnauthorized)
			}
		}
	})
}

func TestForwardSendsVisitorsToSignIn(t *testing.T) {
	tests := []struct {
		name     string
		headers  []string
		status   int
		location string
	}{
		{"bare", nil, 401, "/login?next=%2F"},
		{"nginx", []string{"X-Original-URI", "/app?a=1&b=2", "Accept", "text/html"}, 401, "/login?next=%2Fapp%3Fa%3D1%26b%3D2"},
		{"Caddy, a browser", []string{"X-Forwarded-Uri", "/app", "Accept", "text/html,*/*"}, 302, "/login?next=%2Fapp"},
		{"Caddy, a program", []string{"X-Forwarded-Uri", "/app", "Accept", "application/json"}, 401, "/login?next=%2Fapp"},
		{"other host", []string{"X-Forwarded-Uri", "//evil.example/", "Accept", "text/html"}, 401, "/login?next=%2F"},
		{"backslash", []string{"X-Forwarded-Uri", `/\evil.example`, "Accept", "text/html"}, 401, "/login?next=%2F"},
		{"scheme", []string{"X-Forwarded-Uri", "https:evil.example", "Accept", "text/html"}, 401, "/login?next=%2F"},
		{"tab", []string{"X-Forwarded-Uri", "/%09/evil.example", "Accept", "text/html"}, 401, "/login?next=%2F"},
		{"unparsable", []string{"X-Forwarded-Uri", "/%zz", "Accept", "text/html"}, 401, "/login?next=%2F"},
		{"two slashes inside", []string{"X-Forwarded-Uri", "/.//evil.example", "Accept", "text/html"}, 401, "/login?next=%2F"},
		{"line break", []string{"X-Forwarded-Uri", "/%0d%0aSet-Cookie:x", "Accept", "text/html"}, 401, "/login?next=%2F"},
	}
	each(t, func(t *testing.T, s *site) {
		for _, test := range tests {
			r := s.browser().get("/api/auth/forward", test.headers...)
			if r.status != test.status || r.header.Get("Location") != test.location {
				t.Errorf("%s: %d %q, want %d %q", test.name, r.status, r.header.Get("Location"), test.status, test.location)
			}
			if len(r.header["Remote-User"]) > 0 {
				t.Errorf("%s: a visitor has a name", test.name)
			}
		}
	})
}

// FuzzLocalPath holds that what is accepted stays on this site when a browser resolves it.
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/", "/a?b=c#d", "//x", `/\x`, "https:x", "/%09/x", "/%2f/x", "/a//b", "/@x", "/;x", "/\tx", "/%5cx", "/..//x"} {
		f.Add(s)
	}
	base, _ := url.Parse("https://site.example/login")
	f.Fuzz(func(t *testing.T, s string) {
		path, ok := localPath(s)
		if !ok {
			if path != "/" {
				t.Fatalf("refused %q, but gave %q", s, path)
			}
			return
		}
		u, err := base.Parse(path)
		if err != nil || u.Host != "site.example" || u.Scheme != "https" {
			t.Fatalf("%q leads to %v (%v)", s, u, err)
		}
		// Browsers drop tabs and line breaks, and read a backslash as a slash.
		browser := strings.Map(func(r rune) rune {
			if r == '\t' || r == '\n' || r == '\r' {
				return -1
			}
			if r == '\\' {
				return '/'
			}
			return r
		}, path)
		if strings.HasPrefix(browser, "//") || strings.ContainsFunc(path, unicode.IsControl) {
			t.Fatalf("%q can leave the site", s)
		}
	})
}

// FuzzWantedRoles holds that a list of roles is read whole or refused, and never as "any role".
func FuzzWantedRoles(f *testing.F) {
	for _, s := range []string{"", "role=a,b", "role=", "roles=a", "role=a&role=b", "role=%zz", "ROLE=a", "role;a", "&", "role=%2C"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		roles, err := wantedRoles(query)
		if err == nil && roles == nil && strings.Trim(query, "&") != "" {
			t.Fatalf("%q lets any role in", query)
		}
		for _, role := range roles {
			if role == "" || strings.Contains(role, ",") {
				t.Fatalf("%q has the role %q", query, role)
			}
		}
	})
}

// FuzzHeaderText holds that nothing a table holds can end a header.
func FuzzHeaderText(f *testing.F) {
	f.Add("Ann\r\nX: y")
	f.Add("\x00\xff\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		if out := headerText(s); strings.ContainsFunc(out, unicode.IsControl) {
			t.Fatalf("%q became %q", s, out)
		}
	})
}

func TestPathsThatAreNotLocal(t *testing.T) {
	for _, s := range []string{"//", "//?x", "/%5cevil.example", `/a?\x`, "/a?\u0085", "/" + strings.Repeat("x", longestNext)} {
		if path, ok := localPath(s); ok || path != "/" {
			t.Errorf("accepted %q", s)
		}
	}
	if got := headerText("a\xffb"); got != "ab" {
		t.Errorf("headerText = %q", got)
	}
}

func TestTwoForwardedPathsAreNone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		req, _ := http.NewRequest(http.MethodGet, s.URL+"/api/auth/forward", nil)
		req.Header["X-Forwarded-Uri"] = []string{"/one", "/two"}
		req.Header.Set("Accept", "text/html")
		res, err := s.browser().http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if l := res.Header.Get("Location"); res.StatusCode != http.StatusUnauthorized || l != "/login?next=%2F" {
			t.Errorf("%d %q", res.StatusCode, l)
		}
	})
}

package controllers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/openapi"
	"gatehouse/openapi/openapitest"
)

// Whoever adds a route describes it, also one that is there only beside the pages.
func TestEveryRouteIsDescribedAndNoOther(t *testing.T) {
	described := map[string]bool{}
	for _, r := range openapitest.Routes(t) {
		described[r.Method+" "+strings.ReplaceAll(r.Path, "{id}", ":id")] = true
	}
	forPeople := []string{"GET /docs", "GET /gatehouse/redoc.js"}
	served := map[string]bool{}
	for _, r := range onSQLite(t, &options{edit: func(s *config.Settings) { s.Pages = "off" }}).routes {
		route := strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1) + " " + r.Path
		if served[route] = true; !described[route] && !slices.Contains(forPeople, route) {
			t.Errorf("%s is not described in openapi.yaml", route)
		}
	}
	for route := range described {
		if !served[route] {
			t.Errorf("%s is described in openapi.yaml, and there is no such route", route)
		}
	}
	for _, r := range onSQLite(t, nil).routes {
		if !served[strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1)+" "+r.Path] && (strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/auth/")) {
			t.Errorf("%s %s is there only beside the pages", r.Method, r.Path)
		}
	}
}

// broken is a body that does not end as it was announced.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// What can be wrong with a request to any route is refused where that is described, and only there.
func TestRoutesRefuseWhatIsDescribed(t *testing.T) {
	s := onSQLite(t, nil)
	for _, r := range openapitest.Routes(t) {
		path := strings.ReplaceAll(r.Path, "{id}", "unknown")
		for _, bad := range []struct {
			status   int
			expected bool
			body     string
			headers  []string
		}{
			{http.StatusRequestEntityTooLarge, r.Answers(http.StatusRequestEntityTooLarge), strings.Repeat("x", maxBody+1), nil},
			{http.StatusUnsupportedMediaType, r.Answers(http.StatusUnsupportedMediaType), "{}", []string{"Content-Type", "text/plain"}},
			{http.StatusForbidden, r.Method != http.MethodGet, "", []string{"Sec-Fetch-Site", "cross-site"}},
		} {
			address := strings.ToLower(newRequestID()) + "@example.com"
			h := s.holder(address)
			if strings.HasPrefix(path, "/api/admin/") { // to anybody else there is nothing
				s.promote(address)
			}
			if got := h.ask(r.Method, path, bad.body, bad.headers...); (got.status == bad.status) != bad.expected {
				t.Errorf("%s %s = %d, but %d is expected: %v; %s", r.Method, path, got.status, bad.status, bad.expected, got.body)
			}
		}
		w, req := httptest.NewRecorder(), httptest.NewRequest(r.Method, path, broken{})
		s.Config.Handler.ServeHTTP(w, req)
		if (w.Code == http.StatusBadRequest) != r.Answers(http.StatusBadRequest) {
			t.Errorf("%s %s = %d for a broken body, but described is %v for 400", r.Method, path, w.Code, r.Answers(http.StatusBadRequest))
		}
	}
}

func TestRoutesTellOfADeadDatabaseWhereThatIsDescribed(t *testing.T) {
	s := onSQLite(t, nil)
	h := s.holder("ann@example.com")
	_ = s.conn.Close()
	tokens := strings.NewReplacer("the access token", h.access, "the refresh token", h.refresh)
	for _, r := range openapitest.Routes(t) {
		got := h.ask(r.Method, strings.ReplaceAll(r.Path, "{id}", "unknown"), tokens.Replace(r.Example))
		if (got.status == http.StatusServiceUnavailable) != r.Answers(http.StatusServiceUnavailable) {
			t.Errorf("%s %s = %d, but described is %v for 503: %s", r.Method, r.Path, got.status, r.Answers(http.StatusServiceUnavailable), got.body)
		}
	}
}

// What the description shows as a body is understood.
func TestTheExamplesOfTheDescriptionAreGoodRequests(t *testing.T) {
	s := onSQLite(t, nil)
	for _, r := range openapitest.Routes(t) {
		if r.Example == "" {
			continue
		}
		h := s.holder(strings.ToLower(newRequestID()) + "@example.com")
		body := strings.NewReplacer("the access token", h.access, "the refresh token", h.refresh).Replace(r.Example)
		got := h.send(r.Method, r.Path, body, "authorization_access", h.access)
		if got.status == http.StatusBadRequest || got.status == http.StatusUnprocessableEntity && got.failure().Code != "link_invalid" {
			t.Errorf("%s %s = %d %s for %s", r.Method, r.Path, got.status, got.body, body)
		}
	}
}

func TestTheDescriptionIsForEverybody(t *testing.T) {
	for _, pages := range []string{"on", "off"} {
		b := onSQLite(t, &options{edit: func(s *config.Settings) { s.Pages = pages }}).browser()
		own, err := openapi.Read()
		if err != nil {
			t.Fatal(err)
		}
		if r := b.get("/openapi.json").want(http.StatusOK); r.body != string(own.JSON) || r.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("pages %s: /openapi.json is %q of %d bytes", pages, r.header.Get("Content-Type"), len(r.body))
		}
		r := b.get("/docs").want(http.StatusOK)
		script := own.Path + "?v=" + own.Version
		if !strings.Contains(r.body, `<script src="`+script+`">`) || !strings.Contains(r.body, `<a href="/openapi.json">`) {
			t.Errorf("pages %s: %s", pages, r.body)
		}
		if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "://") || strings.Contains(policy, "eval") ||
			!strings.Contains(policy, "script-src 'self';") {
			t.Errorf("pages %s: policy %q", pages, policy)
		}
		if strings.Contains(b.get("/login").header.Get("Content-Security-Policy"), "script") {
			t.Errorf("pages %s: another page may have scripts", pages)
		}
		for _, path := range []string{"/openapi.json", "/docs", script} {
			if r := b.send(http.MethodHead, path, "").want(http.StatusOK); r.body != "" {
				t.Errorf("pages %s: HEAD %s has a body", pages, path)
			}
		}
	}
}

func TestTheScriptOfTheDocsIsKeptAndPacked(t *testing.T) {
	b := onSQLite(t, nil).browser()
	own, err := openapi.Read()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := own.PlainScript()
	if err != nil {
		t.Fatal(err)
	}
	for accepted, packed := range map[string]bool{
		"gzip": true, "deflate, GZIP;q=0.5, br": true, "gzip; q=1.0": true, "gzip;q=0": false, "gzip; q=0.000": false, "br": false, "identity": false,
	} {
		r := b.get(own.Path+"?v="+own.Version, "Accept-Encoding", accepted).want(http.StatusOK)
		text := r.body
		if packed {
			text, err = unpacked(r.body)
		}
		if err != nil || text != string(plain) || (r.header.Get("Content-Encoding") == "gzip") != packed {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, %d bytes (%v)", accepted, r.header.Get("Content-Encoding"), len(r.body), err)
		}
		if r.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: %v", accepted, r.header)
		}
	}
	if r := b.get(own.Path + "?v=older"); r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("another version: Cache-Control = %q", r.header.Get("Cache-Control"))
	}
}

func unpacked(text string) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader([]byte(text)))
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(r)
	return string(plain), errors.Join(err, r.Close())
}

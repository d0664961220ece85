package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// serve answers every path with these pages, until the test ends. It is reached by names, too.
func serve(t *testing.T, pages map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	for path, page := range pages {
		mux.HandleFunc(path, page)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func html(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, "<!doctype html><html lang=en><meta charset=utf-8><title>A page</title>", body)
	}
}

// What the other tests do not find would have been found.
func TestTheWatchSeesWhatAPageMustNotDo(t *testing.T) {
	t.Parallel()
	policed := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
			html(body)(w, r)
		}
	}
	site := serve(t, map[string]http.HandlerFunc{
		"/inline":  policed(`<p style="color: red">Red</p>`),
		"/script":  policed(`<script>document.title = "Mine"</script>`),
		"/picture": policed(`<img src=/a.png alt="">`),
		"/console": html(`<script>console.error("no")</script>`),
		"/throws":  html(`<script>throw new Error("no")</script>`),
		"/broken":  func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) },
		"/label":   html(`<label for=a>Name</label><input>`),
	})
	b := newTab(t, site)
	for _, test := range []struct{ path, want string }{
		{"/inline", "ContentSecurityPolicyIssue"},
		{"/inline", "security error"},
		{"/script", "script-src"},
		{"/picture", "img-src"},
		{"/console", "console.error"},
		{"/throws", "script: Uncaught"},
		{"/label", "GenericIssue"},
		{"/broken", "status of 500"},
	} {
		b.take()
		b.open(test.path)
		var all []string
		if !soon(func() bool {
			all = append(all, b.take().complaints...)
			return slices.ContainsFunc(all, func(c string) bool { return strings.Contains(c, test.want) })
		}) {
			t.Errorf("%s: complaints = %q, want one with %q", test.path, all, test.want)
		}
	}
}

// A page that does not name an icon makes the browser ask for one.
func TestTheWatchSeesEveryRequest(t *testing.T) {
	t.Parallel()
	site := serve(t, map[string]http.HandlerFunc{
		"/still": html(`<link rel=icon href="data:,"><p>Nothing</p>`),
		"/icon":  html(`<p>No icon</p>`),
		"/sheet": html(`<link rel=icon href="data:,"><link rel=stylesheet href=/a.css>`),
		"/a.css": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			_, _ = fmt.Fprint(w, "p { color: red }")
		},
	})
	b := newTab(t, site)
	for _, path := range []string{"/still", "/sheet", "/icon"} {
		b.open(path)
	}
	var paths []string
	soon(func() bool {
		for _, r := range b.take().requests {
			paths = append(paths, strings.TrimPrefix(r.url, site))
		}
		return len(paths) >= 5
	})
	if want := []string{"/still", "/sheet", "/a.css", "/icon", "/favicon.ico"}; !slices.Equal(paths, want) {
		t.Errorf("requests = %q, want %q", paths, want)
	}
}

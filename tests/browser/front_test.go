package browser

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// behind runs Gatehouse behind a proxy, at a name that is this machine to the browser of the tests. The pages beside it are
// of the same origin.
func behind(t *testing.T, scheme, name string, beside map[string]http.HandlerFunc) *program {
	t.Helper()
	listen := freeAddress(t)
	mux := http.NewServeMux()
	mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: listen})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	for path, page := range beside {
		mux.HandleFunc(path, page)
	}
	front := httptest.NewUnstartedServer(mux)
	if scheme == "https" {
		front.StartTLS()
	} else {
		front.Start()
	}
	t.Cleanup(front.Close)
	site := scheme + "://" + name + front.URL[strings.LastIndex(front.URL, ":"):]
	return start(t, "GATEHOUSE_LISTEN="+listen, "GATEHOUSE_BASE_URL="+site, "GATEHOUSE_TRUSTED_PROXIES=127.0.0.1")
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

package tests

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// seen is a request as the guarded app got it. Of the body it tells the digest: a proxy that is written in Go can cut off
// a long answer that an app begins before the proxy has noticed that it passed on the whole body.
type seen struct {
	Path   string
	Header http.Header
	Digest [sha256.Size]byte
}

func digest(body string) [sha256.Size]byte { return sha256.Sum256([]byte(body)) }

// app stands for the guarded program: it answers with the request that it got.
type app struct {
	address string
	asked   atomic.Int64
}

func startApp(t *testing.T) *app {
	a := &app{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := json.NewEncoder(w).Encode(seen{Path: r.URL.RequestURI(), Header: r.Header, Digest: sha256.Sum256(body)}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	a.address = server.Listener.Addr().String()
	return a
}

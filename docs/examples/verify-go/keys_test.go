package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestKeysAreKeptForFiveMinutes(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x, y := base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
	fetched, status := 0, http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"keys":[{"kid":"later","alg":"another"},{"kid":"known","alg":"ES256","x":%q,"y":%q}]}`, x, y)
	}))
	defer server.Close()
	keys := &keySet{url: server.URL}
	for _, step := range []struct {
		when        string
		later       time.Duration
		kid         string
		wantKnown   bool
		wantFetched int
	}{
		{"at first", 0, "known", true, 1},
		{"an unknown key at once", 0, "unknown", false, 1},
		{"a key of another algorithm", 0, "later", false, 1},
		{"an unknown key within a minute", 30 * time.Second, "unknown", false, 1},
		{"within five minutes", 4 * time.Minute, "known", true, 1},
		{"after five minutes", time.Minute, "known", true, 2},
		{"an unknown key after a minute", 61 * time.Second, "unknown", false, 3},
		{"an unknown key once more", 0, "unknown", false, 3},
	} {
		keys.fetched = keys.fetched.Add(-step.later)
		key, err := keys.find(step.kid)
		if known := err == nil && key.Equal(&private.PublicKey); known != step.wantKnown || errors.Is(err, errNoKeys) {
			t.Errorf("%s: known = %v, want %v (%v)", step.when, known, step.wantKnown, err)
		}
		if fetched != step.wantFetched {
			t.Errorf("%s: fetched %d times, want %d", step.when, fetched, step.wantFetched)
		}
	}
	keys.fetched, status = keys.fetched.Add(-6*time.Minute), http.StatusServiceUnavailable
	if _, err := keys.find("known"); !errors.Is(err, errNoKeys) {
		t.Errorf("while Gatehouse is away: %v, want %v", err, errNoKeys)
	}
}

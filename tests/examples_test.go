package tests

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// TestExamplesKnowWhoItIs runs each program of docs/examples as it stands.
func TestExamplesKnowWhoItIs(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../docs/examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []struct {
		name    string
		prepare func(t *testing.T, address string) (dir, name string, args []string)
	}{
		{"express", func(t *testing.T, _ string) (string, string, []string) {
			needNPM(t)
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(examples, "express"))); err != nil {
				t.Fatal(err)
			}
			run(t, dir, "npm", "install", "--no-package-lock", "--no-audit", "--no-fund")
			return dir, "node", []string{"server.js"}
		}},
		{"php", func(t *testing.T, address string) (string, string, []string) {
			needPrograms(t, examplesVariable, "php")
			return filepath.Join(examples, "php"), "php", []string{"-S", address, "index.php"}
		}},
		{"go", func(t *testing.T, _ string) (string, string, []string) {
			binary := filepath.Join(t.TempDir(), "who-is-this")
			run(t, filepath.Join(examples, "go"), "go", "build", "-o", binary, ".")
			return examples, binary, nil
		}},
		{"python", func(t *testing.T, _ string) (string, string, []string) {
			needPrograms(t, examplesVariable, "python3")
			return filepath.Join(examples, "python"), "python3", []string{"server.py"}
		}},
	} {
		t.Run(program.name, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			dir, name, args := program.prepare(t, address)
			g := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
			var fault atomic.Value
			fault.Store("")
			front := httptest.NewServer(sometimesBroken(t, g, &fault))
			defer front.Close()
			startProgram(t, address, dir, []string{"GATEHOUSE=" + front.URL, "PORT=" + port(address)}, name, args...)
			whoIsThis(t, front, &fault, "http://"+address+"/")
		})
	}
}

// sometimesBroken stands before Gatehouse. It answers as Gatehouse does while its database is away, or not at all while
// Gatehouse itself is. It keeps its port then: another test's server could get it.
func sometimesBroken(t *testing.T, g *server, fault *atomic.Value) http.Handler {
	target, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch fault.Load() {
		case "gatehouse":
			panic(http.ErrAbortHandler)
		case "database":
			w.Header().Set("Retry-After", "5")
			http.Error(w, `{"error":true,"code":"database_unavailable"}`, http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// whoIsThis asks an example as a visitor, as a user, after the logout, while the database is away and without Gatehouse.
func whoIsThis(t *testing.T, front *httptest.Server, fault *atomic.Value, example string) {
	const email = "ann@example.com"
	client := browser(t, nil) // cookies know no ports: one jar for both
	ask := func(when string, wantStatus int, cookie ...string) {
		t.Helper()
		res, body := send(t, client, "GET", example, "", cookie...)
		if res.StatusCode != wantStatus || strings.Contains(body, email) != (wantStatus == http.StatusOK) {
			t.Errorf("%s: status = %d, want %d: %.200s", when, res.StatusCode, wantStatus, body)
		}
	}
	ask("visitor", http.StatusUnauthorized)
	ask("invented cookie", http.StatusUnauthorized, "Cookie", "gatehouse=invented")
	res, body := send(t, client, "POST", front.URL+"/api/users/signup", credentials(email, password),
		"Content-Type", "application/x-www-form-urlencoded")
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up: status = %d, want 201: %s", res.StatusCode, body)
	}
	ask("signed in", http.StatusOK)
	fault.Store("database")
	ask("the database is away", http.StatusServiceUnavailable)
	fault.Store("")
	stolen := res.Cookies()[0]
	send(t, client, "POST", front.URL+"/api/users/logout", "")
	ask("after logout", http.StatusUnauthorized, "Cookie", stolen.Name+"="+stolen.Value)
	fault.Store("gatehouse")
	ask("Gatehouse is away", http.StatusServiceUnavailable)
}

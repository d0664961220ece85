package tests

import (
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// site is a guarded app behind a proxy: the files under deploy/ as they stand, but for names, ports and certificate.
type site struct {
	url       string
	client    *tls.Config
	gatehouse *server
	database  string
	app       *app
}

func TestProxiesGuardAnApp(t *testing.T) {
	t.Parallel()
	for _, proxy := range []struct {
		name        string
		start       func(t *testing.T, s *site)
		underscores bool // it passes on headers with an underscore in their names
	}{{"nginx", startNginx, false}, {"caddy", startCaddy, true}, {"haproxy", startHAProxy, true}} {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			needPrograms(t, "GATEHOUSE_TEST_REQUIRE_PROXIES", proxy.name)
			s := &site{url: "https://localhost:" + port(freeAddress(t)), database: dbtest.EmptyURL(t, db.SQLite), app: startApp(t)}
			address := freeAddress(t)
			s.gatehouse = inside(t, settings(t, s.database,
				"GATEHOUSE_LISTEN="+address, "GATEHOUSE_BASE_URL="+s.url, "GATEHOUSE_TRUSTED_PROXIES=127.0.0.1"))
			s.gatehouse.url = "http://" + address
			proxy.start(t, s)
			t.Run("visitors are kept out", s.visitorsAreKeptOut)
			t.Run("the app learns who it is", s.appLearnsWhoItIs)
			t.Run("clients cannot forge", s.clientsCannotForge)
			t.Run("roles", s.rolesAreAskedFor)
			t.Run("pages", s.pagesAreWhole)
			t.Run("page for everybody", s.openPageKnowsNobody)
			t.Run("address", s.visitorsAddressIsKept)
			t.Run("logout", s.logoutCloses)
			t.Run("access token", s.accessTokenOpens)
			t.Run("token headers", func(t *testing.T) { s.tokenHeaders(t, proxy.underscores) })
			t.Run("gatehouse is away", s.nobodyPassesWithoutGatehouse)
		})
	}
}

// port returns the part after the last colon.
func port(address string) string {
	return address[strings.LastIndex(address, ":")+1:]
}

// signUp makes an account through the proxy and returns the browser that is signed in to it.
func (s *site) signUp(t *testing.T, email string, more ...string) *http.Client {
	t.Helper()
	client := browser(t, s.client)
	form := url.Values{"email": {email}, "password": {password}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	res, body := send(t, client, "POST", s.url+"/api/users/signup", form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", s.url, "Sec-Fetch-Site", "same-origin")
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up: status = %d, want 201: %s", res.StatusCode, body)
	}
	for _, cookie := range res.Cookies() {
		if cookie.Name == "__Host-gatehouse" && cookie.Secure {
			return client
		}
	}
	t.Fatalf("sign-up set the cookies %v, want a secure __Host-gatehouse", res.Cookies())
	return nil
}

// open asks for a page of the app and returns the request that the app got.
func (s *site) open(t *testing.T, client *http.Client, method, path, body string, header ...string) seen {
	t.Helper()
	res, text := send(t, client, method, s.url+path, body, header...)
	var got seen
	if err := json.Unmarshal([]byte(text), &got); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status = %d, want the app's 200: %.200s", method, path, res.StatusCode, text)
	}
	return got
}

func (s *site) visitorsAreKeptOut(t *testing.T) {
	const page = "/notes/a%20b?role=admin&next=//evil.example&x=1"
	client, before := browser(t, s.client), s.app.asked.Load()
	for name, header := range map[string][]string{
		"program":     {"Accept", "application/json"},
		"own headers": {"Accept", "*/*", "Remote-User", "root", "X-Forwarded-Uri", "/", "X-Original-URI", "/"},
		"bad cookie":  {"Accept", "*/*", "Cookie", "__Host-gatehouse=invented; gatehouse=invented"},
		"other path":  {"Accept", "*/*", "X-Original-URL", "/login", "X-Rewrite-URL", "/login"},
	} {
		if res, _ := send(t, client, "GET", s.url+page, "", header...); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: status = %d, want 401", name, res.StatusCode)
		}
	}
	res, _ := send(t, client, "GET", s.url+page, "", "Accept", "text/html,*/*;q=0.8", "X-Forwarded-Uri", "/evil")
	location, err := res.Location()
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("browser: status = %d, error %v, want 302 with a Location", res.StatusCode, err)
	}
	if got := location.Scheme + "://" + location.Host; got != s.url || location.Path != "/login" {
		t.Errorf("browser: Location = %q, want %s/login", location, s.url)
	}
	if got := location.Query().Get("next"); got != page {
		t.Errorf("browser: next = %q, want %q", got, page)
	}
	if got := s.app.asked.Load(); got != before {
		t.Errorf("the app was asked %d times, want none", got-before)
	}
}

func (s *site) appLearnsWhoItIs(t *testing.T) {
	client := s.signUp(t, "ann@example.com", "name", "Anná")
	got := s.open(t, client, "POST", "/notes?role=editor&role=x", "a body", "Content-Type", "text/plain")
	if got.Path != "/notes?role=editor&role=x" || got.Digest != digest("a body") {
		t.Errorf("the app got %q, or another body than was sent", got.Path)
	}
	for name, want := range map[string]string{
		"Remote-User": "ann@example.com", "Remote-Email": "ann@example.com", "Remote-Name": "Anná", "Remote-Groups": "user",
	} {
		if value := strings.Join(got.Header[name], ","); value != want {
			t.Errorf("%s = %q, want %q", name, value, want)
		}
	}
	if got.Header.Get("Remote-Id") == "" {
		t.Error("Remote-Id is missing")
	}
	if big := strings.Repeat("x", 200_000); s.open(t, client, "POST", "/notes", big).Digest != digest(big) {
		t.Error("a body larger than Gatehouse takes did not reach the app whole")
	}
}

func (s *site) clientsCannotForge(t *testing.T) {
	client := s.signUp(t, "ben@example.com")
	for _, header := range []string{
		"Remote-User", "Remote-Email", "Remote-Id", "Remote-Name", "Remote-Groups", "remote-name", "REMOTE-GROUPS",
		"Remote_User", "Remote_Name", "remote_groups",
	} {
		got := s.open(t, client, "GET", "/", "", header, "forged")
		for name, values := range got.Header {
			if strings.Contains(strings.Join(values, ","), "forged") {
				t.Errorf("the client's %s reached the app as %s", header, name)
			}
		}
	}
	for _, path := range []string{"/gatehouse-forward", "/gatehouse-forward/admin"} {
		if res, _ := send(t, client, "GET", s.url+path, ""); res.Header.Get("Remote-Id") != "" {
			t.Errorf("%s: a client asked Gatehouse what only the proxy may ask", path)
		}
	}
}

func (s *site) rolesAreAskedFor(t *testing.T) {
	client, before := s.signUp(t, "cat@example.com"), s.app.asked.Load()
	for _, path := range []string{
		"/admin-app", "/admin-app/", "/admin-app/x?role=user", "/Admin-App/", "//admin-app/", "/x/../admin-app/", "/admin%2Dapp/?role=",
	} {
		if res, _ := send(t, client, "GET", s.url+path, ""); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s as user: status = %d, want 403", path, res.StatusCode)
		}
	}
	if got := s.app.asked.Load(); got != before {
		t.Errorf("the app was asked %d times, want none", got-before)
	}
	execute(t, dbtest.OpenURL(t, s.database).DB, "UPDATE users SET role = 'admin' WHERE email = 'cat@example.com'")
	within(time.Second, func() bool {
		res, _ := send(t, client, "GET", s.url+"/admin-app/", "")
		return res.StatusCode == http.StatusOK
	})
	if got := s.open(t, client, "GET", "/admin-app/?role=user", "").Header.Get("Remote-Groups"); got != "admin" {
		t.Errorf("Remote-Groups = %q, want admin", got)
	}
}

// visitorsAddressIsKept signs in from 127.0.0.2, which is not the proxy's address.
func (s *site) visitorsAddressIsKept(t *testing.T) {
	client := s.signUp(t, "dan@example.com")
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	client.Transport.(*http.Transport).DialContext = from.DialContext
	client.CloseIdleConnections()
	res, body := send(t, client, "POST", s.url+"/api/users/login", credentials("dan@example.com", password),
		"Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "203.0.113.9", "X-Real-Ip", "203.0.113.9")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign-in: status = %d, want 200: %s", res.StatusCode, body)
	}
	_, sessions := send(t, client, "GET", s.url+"/api/users/sessions", "")
	if !strings.Contains(sessions, "127.0.0.2") || strings.Contains(sessions, "203.0.113.9") {
		t.Errorf("the session's address is not the visitor's own, 127.0.0.2: %s", sessions)
	}
}

func (s *site) logoutCloses(t *testing.T) {
	client := s.signUp(t, "eva@example.com")
	address, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	stolen := client.Jar.Cookies(address)[0]
	if res, body := send(t, client, "POST", s.url+"/api/users/logout", "", "Origin", s.url); res.StatusCode != http.StatusOK {
		t.Fatalf("logout: status = %d, want 200: %s", res.StatusCode, body)
	}
	res, _ := send(t, browser(t, s.client), "GET", s.url+"/", "", "Cookie", stolen.Name+"="+stolen.Value)
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the old cookie after logout: status = %d, want 401", res.StatusCode)
	}
}

// nobodyPassesWithoutGatehouse comes last: it stops the server.
func (s *site) nobodyPassesWithoutGatehouse(t *testing.T) {
	client, before := s.signUp(t, "fay@example.com"), s.app.asked.Load()
	s.gatehouse.stop()
	res, _ := send(t, client, "GET", s.url+"/", "", "Accept", "text/html")
	if res.StatusCode != http.StatusServiceUnavailable && res.StatusCode != http.StatusBadGateway {
		t.Errorf("status = %d, want 502 or 503", res.StatusCode)
	}
	if got := s.app.asked.Load(); got != before {
		t.Errorf("the app was asked %d times, want none", got-before)
	}
}

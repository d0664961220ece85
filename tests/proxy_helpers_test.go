package tests

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// needPrograms skips the test where a program is not installed, or fails it if the variable says it must be there.
func needPrograms(t *testing.T, variable string, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv(variable) != "" {
			t.Fatalf("%s is not installed, and %s is set", program, variable)
		}
		t.Skipf("%s is not installed", program)
	}
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startProgram runs another program, with its children, until the test ends; it returns when address takes connections.
func startProgram(t *testing.T, address, dir string, env []string, name string, args ...string) {
	t.Helper()
	out := &printed{}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Logf("%s printed %s", name, tail(out.String()))
		}
	})
	until(t, name+" takes connections", func() bool {
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, tail(out.String()))
		default:
		}
		conn, err := net.Dial("tcp", address)
		return err == nil && conn.Close() == nil
	})
}

func startNginx(t *testing.T, s *site) {
	dir := t.TempDir()
	cert, key, client := certificate(t, dir)
	writeFile(t, filepath.Join(dir, "site.conf"), example(t, "deploy/nginx/gatehouse.conf",
		"listen 80;", "listen "+freeAddress(t)+";",
		"listen 443 ssl;", "listen 127.0.0.1:"+port(s.url)+" ssl;",
		"server_name example.org;", "server_name localhost;",
		"/etc/ssl/certs/example.org.pem", cert,
		"/etc/ssl/private/example.org.key", key,
		"127.0.0.1:3000", strings.TrimPrefix(s.gatehouse.url, "http://"),
		"127.0.0.1:8080", s.app.address,
		"    location / {", s.openPage(t, 0)+"    location / {",
	))
	writeFile(t, filepath.Join(dir, "nginx.conf"), `
user root;
daemon off;
pid nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
`)
	s.client = client
	startProgram(t, "127.0.0.1:"+port(s.url), dir, nil, "nginx", "-p", dir, "-c", "nginx.conf", "-e", "stderr")
}

func startCaddy(t *testing.T, s *site) {
	dir := t.TempDir()
	cert, key, client := certificate(t, dir)
	writeFile(t, filepath.Join(dir, "Caddyfile"), "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+
		example(t, "deploy/caddy/Caddyfile",
			"\nexample.org {", "\n"+s.url+" {\n\tbind 127.0.0.1\n\ttls "+cert+" "+key,
			"127.0.0.1:3000", strings.TrimPrefix(s.gatehouse.url, "http://"),
			"127.0.0.1:8080", s.app.address,
			"\t@admins path", s.openPage(t, 1)+"\t@admins path",
		))
	s.client = client
	startProgram(t, "127.0.0.1:"+port(s.url), dir, []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir},
		"caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile")
}

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

// certificate writes a self-signed certificate for localhost and returns its two files and a client configuration.
func certificate(t *testing.T, dir string) (certFile, keyFile string, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeFile(t, certFile, string(certPEM))
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// example returns a file of this repository with parts replaced. Each part must be there, else the test would run
// something else than what people copy.
func example(t *testing.T, name string, oldnew ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(text), oldnew[i]) {
			t.Fatalf("%s does not hold %q any more", name, oldnew[i])
		}
	}
	return strings.NewReplacer(oldnew...).Replace(string(text))
}

// browser is a client with a cookie jar that shows redirects instead of following them.
func browser(t *testing.T, tlsConfig *tls.Config) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: tlsConfig}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Jar: jar, Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes one request and returns the answer with its body read.
func send(t *testing.T, client *http.Client, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]} // as it is written, also where Go would write it otherwise
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

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

package tests

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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

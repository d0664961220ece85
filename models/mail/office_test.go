package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// office is a mail server on this machine.
type office struct {
	t       *testing.T
	roots   *x509.CertPool
	port    int
	refuse  func(step, text string) error // at "auth", "from", "rcpt" or "data", with the user, address or mail
	server  *smtp.Server
	mu      sync.Mutex
	mails   []delivery
	hello   string
	arrived chan struct{} // one for each mail
}

// delivery is a mail as the server took it.
type delivery struct {
	from, to, data, user string
	encrypted            bool
}

// open starts a server with such a protection; a plain one offers no STARTTLS.
func open(t *testing.T, protection TLS) *office {
	t.Helper()
	certificate, roots := certify(t)
	o := &office{t: t, roots: roots, arrived: make(chan struct{}, 1000)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.port = listener.Addr().(*net.TCPAddr).Port
	o.serve(listener, protection, certificate)
	return o
}

func (o *office) serve(listener net.Listener, protection TLS, certificate tls.Certificate) {
	o.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &visit{o: o, conn: c}, nil }))
	o.server.Domain, o.server.AllowInsecureAuth = "mail.test", true
	o.server.ErrorLog = log.New(io.Discard, "", 0)
	secured := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	switch protection {
	case StartTLS:
		o.server.TLSConfig = secured
	case Implicit:
		listener = tls.NewListener(listener, secured)
	}
	go func() { _ = o.server.Serve(listener) }()
	o.t.Cleanup(func() { _ = o.server.Close() })
}

// reached are the settings of a client.
func (o *office) reached(protection TLS) *SMTP {
	return &SMTP{Host: "127.0.0.1", Port: o.port, TLS: protection, roots: o.roots}
}

func (o *office) took() []delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]delivery{}, o.mails...)
}

func (o *office) wait(t *testing.T) {
	t.Helper()
	select {
	case <-o.arrived:
	case <-time.After(20 * time.Second):
		t.Fatal("no mail came")
	}
}

// visit is one connection.
type visit struct {
	o    *office
	conn *smtp.Conn
	mail delivery
	user string
}

func (v *visit) judge(step, text string) error {
	if v.o.refuse == nil {
		return nil
	}
	return v.o.refuse(step, text)
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "hush" {
			return errors.New("no")
		}
		v.user = user
		return v.judge("auth", user)
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	_, encrypted := v.conn.TLSConnectionState()
	v.mail = delivery{from: from, user: v.user, encrypted: encrypted}
	v.o.mu.Lock()
	v.o.hello = v.conn.Hostname()
	v.o.mu.Unlock()
	return v.judge("from", from)
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.mail.to = to
	return v.judge("rcpt", to)
}

func (v *visit) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := v.judge("data", string(data)); err != nil {
		return err
	}
	v.mail.data = string(data)
	v.o.mu.Lock()
	v.o.mails = append(v.o.mails, v.mail)
	v.o.mu.Unlock()
	v.o.arrived <- struct{}{}
	return nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// answer is a refusal with a text.
func answer(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: strings.ReplaceAll(text, "\r\n", " ")}
}

// certify makes a certificate for 127.0.0.1 that is its own authority.
func certify(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

package tests

import (
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer takes mails on this machine, without TLS.
type mailServer struct {
	address string
	mu      sync.Mutex
	mails   []takenMail
}

// takenMail is a mail and who brought it.
type takenMail struct{ user, password, from, to, data string }

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailServer{address: listener.Addr().String()}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailVisit{server: m}, nil }))
	server.AllowInsecureAuth, server.ErrorLog = true, log.New(io.Discard, "", 0)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return m
}

func (m *mailServer) taken() []takenMail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// mailVisit is one connection.
type mailVisit struct {
	server *mailServer
	mail   takenMail
}

func (v *mailVisit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *mailVisit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		v.mail.user, v.mail.password = user, password
		return nil
	}), nil
}

func (v *mailVisit) Mail(from string, _ *smtp.MailOptions) error {
	v.mail.from = from
	return nil
}

func (v *mailVisit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.mail.to = to
	return nil
}

func (v *mailVisit) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	v.mail.data = string(data)
	v.server.mu.Lock()
	defer v.server.mu.Unlock()
	v.server.mails = append(v.server.mails, v.mail)
	return err
}

func (v *mailVisit) Reset()        {}
func (v *mailVisit) Logout() error { return nil }

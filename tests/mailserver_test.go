package tests

import (
	"errors"
	"io"
	"log"
	"math"
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
	room    int // how many mails it takes before it holds those who bring more
	held    int // how many it has held
	ended   chan struct{}
}

// takenMail is a mail and who brought it.
type takenMail struct{ user, password, from, to, data string }

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailServer{address: listener.Addr().String(), room: math.MaxInt, ended: make(chan struct{})}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailVisit{server: m}, nil }))
	server.AllowInsecureAuth, server.ErrorLog = true, log.New(io.Discard, "", 0)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		close(m.ended)
		_ = server.Close()
	})
	return m
}

// hold keeps those who bring more than n mails waiting until the test ends, and then takes nothing from them.
func (m *mailServer) hold(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.room = n
}

// goOn takes mails again.
func (m *mailServer) goOn() { m.hold(math.MaxInt) }

func (m *mailServer) holding() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held
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
	if err != nil {
		return err
	}
	v.mail.data = string(data)
	if !v.server.take(v.mail) {
		<-v.server.ended
		return errors.New("the test is over")
	}
	return nil
}

func (m *mailServer) take(mail takenMail) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.mails) >= m.room {
		m.held++
		return false
	}
	m.mails = append(m.mails, mail)
	return true
}

func (v *mailVisit) Reset()        {}
func (v *mailVisit) Logout() error { return nil }

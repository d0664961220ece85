package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// TLS says how the connection to a mail server is protected. Where it is, the server's certificate is always verified, and there is no
// way back to a connection without (RFC 8314, 3.3; ASVS 12.3.2).
type TLS string

// The ways to protect it.
const (
	StartTLS TLS = "starttls" // begun in the clear, as on port 587
	Implicit TLS = "implicit" // from the first byte, as on port 465
	None     TLS = "none"     // for a server on this machine
)

// SMTP is the server that takes our mails.
type SMTP struct {
	Host           string // its certificate must be for this name or address
	Port           int
	TLS            TLS
	User, Password string         // no sign-in where User is empty
	roots          *x509.CertPool // who may sign the certificate; nil, but in tests, for those that the system trusts
}

// Each of connecting, signing in and handing over a mail may take this long.
const smtpTimeout = 10 * time.Second

// server hands mails to an SMTP server, each over a connection of its own.
type server struct {
	SMTP
	greeting string // how we call ourselves
	timeout  time.Duration
}

func (s server) send(ctx context.Context, m *gomail.Msg, _ Kind, _ time.Time) (string, error) {
	where := net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	ctx, cancel := context.WithCancel(ctx) // ends with this mail, and so does its connection
	defer cancel()
	client, err := gomail.NewClient(s.Host, s.options(ctx)...)
	if err != nil {
		return "", fmt.Errorf("prepare for mail server: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() {
		return where, nil // what went wrong, if anything, came after the mail was taken
	}
	return where, err
}

func (s server) options(ctx context.Context) []gomail.Option {
	config := &tls.Config{ServerName: s.Host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(s.timeout), gomail.WithHELO(s.greeting),
		gomail.WithTLSConfig(config), gomail.WithDialContextFunc(s.dialer(ctx, config)), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if s.TLS == StartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS)) // it is there already, or not wanted
	}
	if s.User == "" {
		return options
	}
	// The library sends a password in the clear to localhost alone, whatever TLS says.
	ways := gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
	return append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password), ways)
}

// dialer connects, and cuts the connection when a mail is given up: the client itself minds a context only while it connects.
func (s server) dialer(mail context.Context, config *tls.Config) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(mail, func() { _ = conn.Close() })
		if s.TLS != Implicit {
			return conn, nil
		}
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err // and the mail's end closes the connection
		}
		return secured, nil
	}
}

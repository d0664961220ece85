package commands

import (
	"log/slog"
	"reflect"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/models/mail"
)

func TestAConnectionHasLimits(t *testing.T) {
	s := newServer(nil, slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 10*time.Second || s.WriteTimeout != 30*time.Second || s.IdleTimeout != time.Minute ||
		s.MaxHeaderBytes != 16<<10 || !s.DisableGeneralOptionsHandler {
		t.Errorf("server = %+v", s)
	}
}

func TestTheMailServerIsThatOfTheSettings(t *testing.T) {
	for smtpURL, want := range map[config.Hidden]*mail.SMTP{
		"":                                  nil,
		"smtp://ann:hush@mail.example.com":  {Host: "mail.example.com", Port: 587, TLS: mail.StartTLS, User: "ann", Password: "hush"},
		"smtps://ann:hush@mail.example.com": {Host: "mail.example.com", Port: 465, TLS: mail.Implicit, User: "ann", Password: "hush"},
		"smtp://ann:hush@localhost:2525":    {Host: "localhost", Port: 2525, TLS: mail.None, User: "ann", Password: "hush"},
		"smtp://mail.example.com:25":        {Host: "mail.example.com", Port: 25, TLS: mail.StartTLS},
	} {
		cfg, err := config.Settings{SMTPURL: smtpURL, BaseURL: "https://192.0.2.1:8443"}.Check(nil)
		if err != nil {
			t.Fatal(err)
		}
		o := mailOptions(cfg, nil, nil)
		if !reflect.DeepEqual(o.SMTP, want) || o.Host != "[192.0.2.1]" || o.BaseURL != "https://192.0.2.1:8443" || o.From != cfg.MailFrom || o.Folder != "data/mail" {
			t.Errorf("%q: %+v, %+v", string(smtpURL), o, o.SMTP)
		}
	}
}

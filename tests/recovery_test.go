package tests

import (
	"net/http"
	"strings"
	"testing"
)

const realSite = "http://auth.example.com"

// TestForgedHostsReachNoMail forges all that might tell where the site is, in each request that has a mail sent, and by way of
// a proxy that may tell where visitors are.
func TestForgedHostsReachNoMail(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		mails := newMailServer(t)
		s := named(t, settings(t, databaseURL, "GATEHOUSE_SMTP_URL="+mails.url(), "GATEHOUSE_EMAIL_VERIFICATION=ask", "GATEHOUSE_TRUSTED_PROXIES=127.0.0.1"), realSite)
		forgeries := [][]string{
			{"Host", "evil.example"},
			{"Host", "evil.example", "Origin", "http://evil.example"},
			{"Host", "evil.example:80", "Origin", "https://evil.example:80", "X-Forwarded-Host", "evil.example"},
			{"Host", "auth.example.com@evil.example"},
			{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "X-Forwarded-Port", "666", "X-Forwarded-Prefix", "/evil.example"},
			{"Forwarded", "for=127.0.0.1;host=evil.example", "X-Original-Host", "evil.example", "X-Host", "evil.example", "X-Real-IP", "evil.example"},
			{"Origin", realSite, "Referer", "http://evil.example/", "X-Original-URL", "http://evil.example/", "User-Agent", "evil.example"},
			{"X-HTTP-Host-Override", "evil.example", "X-Forwarded-Server", "evil.example", "X-Forwarded-For", "evil.example"},
		}
		for i, forged := range forgeries {
			ann, email, other := s.person(), address(i), "other-"+address(i)
			forge := func(path, body string) {
				t.Helper()
				if r := ann.forge(path, body, forged); r.status/100 != 2 {
					t.Errorf("%s with %q = %d: %s", path, forged, r.status, r.body)
				}
			}
			forge("/api/users/signup", credentials(email, password))
			forge("/api/users/email/resend", "email="+email)
			forge("/api/users/password/forgot", "email="+email)
			forge("/api/users/email", "newEmail="+other)
			mails.letterAfter(t, 1, email, confirmation)
			mails.letter(t, email, forgotten)
			forge("/api/users/email/verify", "token="+mails.letter(t, other, newAddress).token())
			mails.letter(t, email, addressChanged)
		}
		for _, forged := range [][]string{{"Origin", "http://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Host", "auth.example.com", "Origin", "http://evil.example"}} {
			s.person().forge("/api/users/password/forgot", "email=other-"+address(0), forged).want(http.StatusForbidden, "cross_origin_refused")
		}
		s.stop() // so that none is under way
		if n, want := len(mails.taken()), 5*len(forgeries); n != want {
			t.Errorf("%d mails were sent, want %d", n, want)
		}
		for _, m := range mails.taken() {
			l := m.read(t)
			if said := strings.ToLower(m.from + m.data + l.text + l.html); strings.Contains(said, "evil.example") {
				t.Errorf("the mail says what was forged:\n%s", m.data)
			}
			if l.link != "" && !strings.HasPrefix(l.link, realSite+"/reset?token=") && !strings.HasPrefix(l.link, realSite+"/verify?token=") {
				t.Errorf("the link is %s", l.link)
			}
			if strings.Count(l.html, l.link) == 0 || !strings.Contains(l.text, realSite) || l.head.Get("To") != "<"+m.to+">" {
				t.Errorf("the mail to %s is\n%s", m.to, m.data)
			}
		}
	})
}

// forge posts a form with headers that a program makes up, Host among them.
func (p *person) forge(path, form string, headers []string) reply {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(form))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	r, err := p.do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func TestASignUpIsFinishedByItsMailAndItsPassword(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		mails := newMailServer(t)
		s := inside(t, settings(t, databaseURL, "GATEHOUSE_SMTP_URL="+mails.url(), "GATEHOUSE_EMAIL_VERIFICATION=require"))
		ann := s.person()
		if r := ann.post("/api/users/signup", credentials("ann@example.com", password)).want(http.StatusAccepted); r.newCookie() != "" {
			t.Error("a stranger to the address is signed in")
		}
		ann.me().want(http.StatusUnauthorized)
		ann.login("ann@example.com").want(http.StatusForbidden, "email_unverified")
		ann.guess("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
		token := mails.letter(t, "ann@example.com", confirmation).token()
		ann.post("/api/users/email/verify", "token="+token).want(http.StatusUnprocessableEntity, "validation_failed")
		ann.post("/api/users/email/verify", "token="+token+"&password=another+battery").want(http.StatusUnprocessableEntity, "validation_failed")
		ann.login("ann@example.com").want(http.StatusForbidden, "email_unverified")
		ann.post("/api/users/email/verify", `{"token":"`+token+`","password":"`+password+`"}`).want(http.StatusOK)
		ann.login("ann@example.com").want(http.StatusOK)
		ann.me().want(http.StatusOK)

		s.person().post("/api/users/signup", credentials("ann@example.com", newPassword)).want(http.StatusAccepted)
		mails.letter(t, "ann@example.com", "You have an account")
		s.person().login("ann@example.com").want(http.StatusOK) // with the password that she had
		if n := len(mails.taken()); n != 2 {
			t.Errorf("%d mails, want 2", n)
		}
	})
}

func TestALockedOutOwnerComesBackByMail(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		mails := newMailServer(t)
		env := settings(t, databaseURL, limited("GATEHOUSE_SMTP_URL="+mails.url())...)
		s := inside(t, env)
		ann := s.member("ann@example.com")
		s.person().guesses("ann@example.com", 5)
		s.person().login("ann@example.com").wantThrottled()
		s.person().forgets("Ann@Example.com")
		token := mails.letter(t, "ann@example.com", forgotten).token()
		s.person().login("ann@example.com").wantThrottled() // the mail alone changes nothing
		s.person().resets(token, newPassword).want(http.StatusOK)
		ann.me().want(http.StatusUnauthorized, "not_signed_in")
		s.person().loginWith("ann@example.com", newPassword).want(http.StatusOK)
		s.person().login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
		s.person().resets(token, password).want(http.StatusUnprocessableEntity, "link_invalid")
		mails.letter(t, "ann@example.com", passwordChanged)
		wantHistory(t, env, "ann@example.com", "throttled by visitor account", "password_reset_asked by visitor", "password_reset by visitor", "sign_in by visitor cookie")
	})
}

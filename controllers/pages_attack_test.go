package controllers

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFormsWorkWithoutFetchMetadata is a browser over http on any name but localhost: it tells the origin alone, and only as
// the page lets it.
func TestFormsWorkWithoutFetchMetadata(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		origin := "null"
		if b.get("/signup").header.Get("Referrer-Policy") == "strict-origin" {
			origin = s.URL
		}
		b.post("/signup", "email=ann@example.com&password=correct+horse", "Origin", origin).sentTo("/")
		b.post("/logout", "", "Origin", "null").want(http.StatusForbidden, "cross_origin_refused")
	})
}

func TestAnOriginWithoutAHostIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "POST /forgot HTTP/1.0\r\nOrigin: null\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 21\r\n\r\nemail=ann@example.com")
		answer, _ := io.ReadAll(conn)
		if !strings.HasPrefix(string(answer), "HTTP/1.0 403 ") {
			t.Errorf("%s", answer)
		}
	})
}

func TestWhoDidNotAskToStaySignedInIsNotTickedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, no := range []string{"", "&remember=off", "&remember=0", "&remember=false"} {
			if r := s.browser().post("/login", "email=ann@example.com&password=wrong+horse"+no).want(http.StatusUnauthorized); strings.Contains(r.body, " checked") {
				t.Errorf("%q is ticked", no)
			}
		}
	})
}

func TestWhatIsTypedIsShownInUTF8(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for path, typed := range map[string]string{"/login": "email=%ff%fe&password=x", "/signup": "email=ann@example.com&password=x&name=%ff"} {
			if r := s.browser().post(path, typed).want(http.StatusUnprocessableEntity); !utf8.ValidString(r.body) {
				t.Errorf("%s: %q", path, r.body)
			}
		}
	})
}

func TestPagesWithTwoSessionsLogNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var log lockedBuffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(before)
		a, b := s.member("ann@example.com"), s.member("ben@example.com")
		r := s.browser().get("/login", "Cookie", "gatehouse="+a.cookie()+"; gatehouse="+b.cookie()).want(http.StatusOK)
		if strings.Contains(r.body, "@example.com") {
			t.Errorf("the page is one of theirs: %s", r.body)
		}
		if log.String() != "" {
			t.Errorf("%s", log.String())
		}
	})
}

func TestNoticesSpeakToWhomTheyAreAbout(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if r := s.member("ann@example.com").get("/login?done=deleted"); strings.Contains(r.body, "deleted") {
			t.Error("somebody signed in is told that their account is deleted")
		}
	})
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		s.member("ann@example.com")
		token := s.wantMails("verify ann@example.com")[0].token
		s.member("ben@example.com").post("/verify", "token="+token).sentTo("/login?done=verified")
	})
}

func TestOneCookieOfANameIsSent(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		r := s.member("ann@example.com").post("/account/delete", "password=correct+horse")
		if r.sentTo("/login?done=deleted"); len(r.header["Set-Cookie"]) != 1 {
			t.Errorf("%q", r.header["Set-Cookie"])
		}
	})
}

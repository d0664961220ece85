package controllers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// TestActsOnThePagesOfAnAccountAreEvents does all of them; that the password was proved is an event of its own.
func TestActsOnThePagesOfAnAccountAreEvents(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com")
		since := int64(s.count("SELECT COALESCE(MAX(id), 0) FROM gatehouse_events"))
		var id string
		for _, e := range data[sessionListing](b.get("/api/users/sessions")).Sessions {
			if !e.Current {
				id = e.ID
			}
		}
		for _, step := range [][2]string{
			{"/account", "name=Ann"},
			{"/account/sessions", "id=" + id},
			{"/account/sessions", "scope=others"},
			{"/account/email", "newEmail=ann@example.org&password=correct+horse"},
			{"/account/password", "currentPassword=wrong+horse&newPassword=battery+staple"},
			{"/account/password", "currentPassword=correct+horse&newPassword=battery+staple"},
			{"/account/delete", "password=wrong+horse"},
			{"/account/delete", "password=battery+staple"},
		} {
			b.post(step[0], step[1])
		}
		want := []string{
			"profile_changed", "session_ended", "other_sessions_ended", "reauthenticated", "email_change_asked", "password_change_failed", "password_changed",
			"reauthentication_failed", "reauthenticated", "account_deleted",
		}
		list, _ := s.told(since)
		var told []string
		for _, e := range list {
			told = append(told, string(e.Kind))
			if !strings.Contains(s.log.String(), `"event":"`+string(e.Kind)+`"`) {
				t.Errorf("the log does not tell of %s", e.Kind)
			}
		}
		if !slices.Equal(told, want) {
			t.Errorf("%q, want %q", told, want)
		}
	})
}

func TestEveryMistakeInANewAddressIsToldBeforeThePasswordIsLookedAt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.post("/account/email", "newEmail=ann&password=").want(http.StatusUnprocessableEntity).says(`id="newEmail-wrong"`, `id="password-wrong"`).cookieless("mistakes")
		b.post("/account/email", "newEmail=ann&password=correct+horse").want(http.StatusUnprocessableEntity).says(`id="newEmail-wrong"`).cookieless("a mistake")
		if strings.Contains(s.log.String(), "reauthenticated") {
			t.Error("the password was proved for nothing")
		}
	})
}

func TestADeadLinkToANewAddressLeadsToTheAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.post("/account/email", "newEmail=ann@example.org&password=correct+horse").sentTo("/account?done=email-asked")
		token := s.wantMails("email_change ann@example.org")[0].token
		s.pass(25 * time.Hour)
		s.browser().post("/verify", "token="+token).want(http.StatusUnprocessableEntity).says(`href="/account/email"`, `href="/verify/resend"`)
	})
}

func TestARefusalThatCannotBeShownKeepsItsCause(t *testing.T) {
	v, err := views.New("en", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	refused := errors.New("the database is away")
	attach(c, &request{log: slog.New(slog.DiscardHandler), cause: refused})
	if (&pages{views: v}).tryShow(c, http.StatusServiceUnavailable, "nowhere", views.Page{}) {
		t.Error("a page that is not there was shown")
	}
	if cause := of(c).cause; !errors.Is(cause, refused) || !strings.Contains(cause.Error(), "there is no such page") {
		t.Errorf("cause = %v", cause)
	}
}

package controllers

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/db/dbtest"
)

// TestAPageTellsTheSameEventsAsItsRoute does the same on pages and by the API, and wants the same in the history and the log.
func TestAPageTellsTheSameEventsAsItsRoute(t *testing.T) {
	const ann, horse, staple = "email=ann@example.com", "&password=correct+horse", "&newPassword=battery+staple"
	steps := []struct{ page, api, body, mailed string }{
		{"/signup", "/api/users/signup", ann + horse, "verify"},
		{"/signup", "/api/users/signup", ann + "&password=sh0rt", ""},
		{"/verify", verifyAPI, "token=x" + horse, ""},
		{"/verify", verifyAPI, "token={verify}&password=wrong+horse", ""},
		{"/login", "/api/users/login", ann + horse, ""},
		{"/verify/resend", resendAPI, ann, "verify"},
		{"/verify", verifyAPI, "token={verify}" + horse, ""},
		{"/login", "/api/users/login", ann + "&password=wrong+horse", ""},
		{"/login", "/api/users/login", ann + horse, ""},
		{"/logout", "/api/users/logout", "", ""},
		{"/logout", "/api/users/logout", "", ""},
		{"/forgot", forgotAPI, ann, "reset"},
		{"/forgot", forgotAPI, "email=nobody@example.com", ""},
		{"/reset", resetAPI, "token={reset}&newPassword=sh0rt", ""},
		{"/reset", resetAPI, "token={reset}" + staple, ""},
		{"/reset", resetAPI, "token={reset}" + staple, ""},
	}
	event := regexp.MustCompile(`"event":"([a-z_]+)"`)
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		var told, logged [2][]string
		for i := range 2 {
			s := newSite(t, conn, verification("require"))
			s.exec("DELETE FROM users")
			since, b, tokens := int64(s.count("SELECT COALESCE(MAX(id), 0) FROM gatehouse_events")), s.browser(), map[string]string{}
			for _, step := range steps {
				path := []string{step.page, step.api}[i]
				b.post(path, strings.NewReplacer("{verify}", tokens["verify"], "{reset}", tokens["reset"]).Replace(step.body))
				for _, m := range s.mails() {
					tokens[m.kind] = m.token
				}
				if step.mailed != "" && tokens[step.mailed] == "" {
					t.Fatalf("%s with %s mailed no link", path, step.body)
				}
			}
			list, _ := s.told(since)
			for _, e := range list {
				told[i] = append(told[i], string(e.Kind)+" "+e.Detail)
			}
			for _, m := range event.FindAllStringSubmatch(s.log.String(), -1) {
				logged[i] = append(logged[i], m[1])
			}
		}
		if len(told[0]) < 12 || !slices.Equal(told[0], told[1]) {
			t.Errorf("pages tell %q, the API %q", told[0], told[1])
		}
		if len(logged[0]) < 12 || !slices.Equal(logged[0], logged[1]) {
			t.Errorf("in the log pages tell %q, the API %q", logged[0], logged[1])
		}
	})
}

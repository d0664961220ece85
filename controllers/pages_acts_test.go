package controllers

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/db/dbtest"
	"gatehouse/views"
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
			s := newSite(t, conn, &options{edit: func(o *config.Settings) { o.EmailVerification = "require" }})
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

// forHolders are the codes of refusals that no page shows: they are about tokens.
var forHolders = []string{"token_expired", "token_invalid", "token_revoked", "refresh_reused"}

// TestPeopleAreToldOfEveryRefusalInTheirWords reads the codes from the source, since some refusals stand outside the table.
func TestPeopleAreToldOfEveryRefusalInTheirWords(t *testing.T) {
	texts, err := views.New("en", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	code := regexp.MustCompile(`refusal\{http\.Status\w+, "(\w+)"|is\.code, is\.message = "(\w+)"`)
	for _, file := range source {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			codes = append(codes, m[1]+m[2])
		}
	}
	for _, r := range refusals {
		if !slices.Contains(codes, r.is.code) {
			t.Errorf("the code %s was not found in the source", r.is.code)
		}
	}
	for _, code := range append(codes, "weak_password", "bad_request", "internal") {
		if _, ok := texts.Text("problem." + code); !ok && !slices.Contains(forHolders, code) {
			t.Errorf("there is no text for people about %s", code)
		}
	}
	for code, field := range beside {
		if _, ok := texts.Text("beside." + code); !ok || field == "" {
			t.Errorf("there is no text for the field of %s", code)
		}
	}
}

package tests

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestThePagesPageNamesAddressesThatAreThere(t *testing.T) {
	t.Parallel()
	on := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	off := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)), "--pages", "off")
	addresses := regexp.MustCompile("(?m)^\\| `(/[^`]*)` \\|").FindAllStringSubmatch(example(t, "docs/pages.md"), -1)
	if len(addresses) != 15 {
		t.Errorf("%d addresses are in the table, want 15", len(addresses))
	}
	client := browser(t, nil)
	for _, address := range addresses {
		res, body := send(t, client, "GET", on.url+address[1], "", "Accept", "text/html")
		if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: status = %d: %s", address[1], res.StatusCode, body)
		}
		if res, _ := send(t, client, "GET", off.url+address[1], "", "Accept", "text/html"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s without pages: status = %d, want 404", address[1], res.StatusCode)
		}
	}
}

func TestTheFormOfThePagesPageSignsIn(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	s.member("ann@example.com")
	form := blocksUnder(t, example(t, "docs/pages.md"), "## A form of your own")[0]
	action := regexp.MustCompile(`<form method="post" action="([^"]+)">`).FindStringSubmatch(form)
	if action == nil {
		t.Fatalf("it posts nothing: %s", form)
	}
	post := func(client *http.Client, plain string) (*http.Response, string) {
		typed := map[string]string{"email": "ann@example.com", "password": plain}
		values := url.Values{}
		for _, input := range regexp.MustCompile(`<input [^>]*>`).FindAllString(form, -1) {
			name := regexp.MustCompile(` name="([^"]+)"`).FindStringSubmatch(input)[1]
			if value := regexp.MustCompile(` value="([^"]+)"`).FindStringSubmatch(input); value != nil {
				values.Set(name, value[1])
			} else {
				values.Set(name, typed[name])
			}
		}
		return send(t, client, "POST", s.url+action[1], values.Encode(), "Accept", "text/html",
			"Content-Type", "application/x-www-form-urlencoded", "Origin", s.shown, "Sec-Fetch-Site", "same-origin")
	}
	client := browser(t, nil)
	res, body := post(client, "wrong horse battery")
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, `name="next" value="/notes"`) || !strings.Contains(body, `value="ann@example.com"`) {
		t.Errorf("after a mistake: status = %d, want the page that goes on: %s", res.StatusCode, body)
	}
	res, body = post(client, password)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/notes" {
		t.Fatalf("status = %d to %q, want 303 to /notes: %s", res.StatusCode, res.Header.Get("Location"), body)
	}
	if !strings.Contains(res.Header.Get("Set-Cookie"), "Max-Age=") {
		t.Error("who wants to stay signed in does not")
	}
	if res, _ := send(t, client, "GET", s.url+"/api/users/me", ""); res.StatusCode != http.StatusOK {
		t.Errorf("me: status = %d, want 200", res.StatusCode)
	}
}

func TestThePagesPageTellsWhatBrowsersAreTold(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	res, _ := send(t, browser(t, nil), "GET", s.url+"/login", "")
	told := blocksUnder(t, example(t, "docs/pages.md"), "## What browsers are told")[0]
	for line := range strings.Lines(told) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s = %q, the page says %q", name, got, value)
		}
	}
}

func TestPasswordsAreTypedUnseenAndFilledInByManagers(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	strict := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite), "GATEHOUSE_EMAIL_VERIFICATION=require"))
	ann := s.holder(s.member("ann@example.com").cookie())
	for path, want := range map[string]string{
		"/login": "current-password", "/signup": "new-password", "/reset?token=x": "new-password", "/verify?token=x": "current-password",
		"/account/email": "current-password", "/account/password": "current-password new-password", "/account/delete": "current-password",
	} {
		page := strict.person()
		if strings.HasPrefix(path, "/account") {
			page = ann
		}
		var tokens []string
		for _, input := range regexp.MustCompile(`<input [^>]*[Pp]assword[^>]*>`).FindAllString(page.get(path).want(http.StatusOK).body, -1) {
			token := regexp.MustCompile(` autocomplete="([^"]+)"`).FindStringSubmatch(input)
			if token == nil || !strings.Contains(input, ` type="password"`) {
				t.Fatalf("%s: %s", path, input)
			}
			tokens = append(tokens, token[1])
		}
		if got := strings.Join(tokens, " "); got != want {
			t.Errorf("%s asks for %q, want %q", path, got, want)
		}
	}
}

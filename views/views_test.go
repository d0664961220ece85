package views

import (
	"strings"
	"testing"
)

func english(t *testing.T) *Views {
	t.Helper()
	v, err := New("en", `Acme <svg onload=1>`)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPageThatCannotBeRenderedIsAnErrorAndNoHalfPage(t *testing.T) {
	v := english(t)
	for name, p := range map[string]Page{"nowhere": {}, "login": {}, "error": {Data: 1}} {
		if html, err := v.Render(name, p); err == nil || html != nil {
			t.Errorf("%s: %v, %q", name, err, html)
		}
	}
	if _, err := New("xx", "Acme"); err == nil {
		t.Error("a language without texts has pages")
	}
}

// TestWhatIsShownIsPlainText puts markup wherever a page shows something that people or operators have typed (ASVS 1.2.1).
func TestWhatIsShownIsPlainText(t *testing.T) {
	const hostile = `"'><svg onload=1>`
	type data struct {
		Next, SignIn, SignUp, Token, Lasts, Title, Sentence, RequestID string
		Unverified, Taken, Dead, Password, Sent                        bool
		MinLength                                                      int
	}
	hidden := data{Next: hostile, SignIn: hostile, SignUp: hostile, Token: hostile, Lasts: hostile, Title: hostile, Sentence: hostile, RequestID: hostile, Password: true}
	v := english(t)
	for _, name := range []string{"login", "signup", "logout", "forgot", "reset", "verify", "verify_resend", "error"} {
		for _, user := range []string{"", hostile} {
			form := Form{Problem: hostile, Values: map[string]string{"email": hostile, "name": hostile}, Problems: map[string]string{"email": hostile, "password": hostile}}
			html, err := v.Render(name, Page{User: user, Path: hostile, Form: form, Data: hidden})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if strings.Contains(string(html), "<svg") || !strings.Contains(string(html), "&lt;svg") {
				t.Errorf("%s: %s", name, html)
			}
		}
	}
}

func TestAPasswordIsNeverShown(t *testing.T) {
	html, err := english(t).Render("reset", Page{Form: Form{Values: map[string]string{"newPassword": "correct horse"}}, Data: struct {
		Token     string
		Dead      bool
		MinLength int
	}{Token: "x"}})
	if err != nil || strings.Contains(string(html), "correct horse") {
		t.Errorf("%v: %s", err, html)
	}
}

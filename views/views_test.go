package views

import (
	"strings"
	"testing"
	"time"
)

func english(t *testing.T) *Views {
	t.Helper()
	v, err := New("en", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPageThatCannotBeRenderedIsAnErrorAndNoHalfPage(t *testing.T) {
	v := english(t)
	for name, p := range map[string]Page{"nowhere": {}, "layout": {}, "field": {}, "login": {}, "error": {Data: 1}} {
		if html, err := v.Render(name, p); err == nil || html != nil {
			t.Errorf("%s: %v, %q", name, err, html)
		}
	}
	if _, err := New("xx", "Acme"); err == nil {
		t.Error("a language without texts has pages")
	}
}

// hostile is markup, and after it the same as plain text.
const hostile, harmless = `"'><svg onload=1>`, `&#34;&#39;&gt;&lt;svg onload=1&gt;`

// typed are the pages with markup wherever they show something that people or programs have sent, or operators have set.
func typed() map[string]Page {
	type session struct {
		Device, IP, ID    string
		Current, Token    bool
		Created, LastSeen time.Time
	}
	type event struct {
		What, Device, IP string
		At               time.Time
		Refused          bool
		ByOperator       bool
	}
	type network struct {
		Network  string
		Refusals int
		Last     time.Time
	}
	type account struct {
		ID            int64
		Email         string
		Name          *string
		LastLogin     *time.Time
		Active, Admin bool
	}
	type kind struct {
		Kind, Text string
		Chosen     bool
	}
	type told struct {
		At               time.Time
		What, By, Detail string
		UserID           int64
		Refused          bool
	}
	name := hostile
	someone := account{Email: hostile, Name: &name}
	email := Form{Values: map[string]string{"email": hostile}}
	mine := struct{ Email string }{hostile}
	return map[string]Page{
		"login": {Form: email, Data: struct {
			Next, SignUp string
			Unverified   bool
		}{hostile, hostile, true}},
		"signup": {Form: email, Data: struct {
			Next, SignIn string
			MinLength    int
			Taken, Sent  bool
		}{hostile, hostile, 8, true, false}},
		"logout": {User: hostile},
		"forgot": {Form: email, Data: struct {
			Sent  bool
			Lasts string
		}{}},
		"reset": {Data: struct {
			Token     string
			MinLength int
		}{hostile, 8}},
		"verify": {Data: struct {
			Token    string
			Password bool
		}{hostile, true}},
		"verify_resend": {Form: email, Data: struct {
			Sent  bool
			Lasts string
		}{}},
		"error": {Data: struct{ Title, Sentence, RequestID string }{hostile, hostile, hostile}},
		"account": {Form: Form{Values: map[string]string{"name": hostile, "gender": hostile}}, Data: struct {
			Email               string
			LastSignIn, Created time.Time
		}{Email: hostile}},
		"account_email":  {Form: Form{Values: map[string]string{"newEmail": hostile}}, Data: mine},
		"account_delete": {Data: mine},
		"account_password": {Data: struct {
			Email     string
			MinLength int
		}{hostile, 8}},
		"account_sessions": {Data: struct {
			Sessions []session
			Others   bool
		}{[]session{{Device: hostile, IP: hostile, ID: hostile}}, true}},
		"account_security": {Data: struct {
			Events []event
			Older  string
		}{[]event{{What: hostile, Device: hostile, IP: hostile}}, hostile}},
		"admin": {Data: struct {
			Sessions, Waiting, Busy, Workers int
			Hours, Days                      Chart
			Networks                         []network
		}{Hours: Chart{Label: hostile, First: hostile, Bars: []Bar{{Label: hostile, GoodHeight: 1, BadHeight: 1}}}, Networks: []network{{Network: hostile}}}},
		"admin_users": {Data: struct {
			Search, Older string
			Users         []account
		}{hostile, hostile, []account{someone}}},
		"admin_user": {User: hostile, Form: Form{Values: map[string]string{"role": hostile}}, Data: struct {
			account
			Role, Confirmed string
			Failures        int
			BlockedUntil    *time.Time
			Devices         []session
			Own, Fresh      bool
		}{account: someone, Role: hostile, Confirmed: hostile, Devices: []session{{Device: hostile, IP: hostile}}, Fresh: true}},
		"admin_events": {Form: Form{Values: map[string]string{"user": hostile}}, Data: struct {
			Kinds  []kind
			Events []told
			Older  string
		}{[]kind{{Kind: hostile, Text: hostile}}, []told{{What: hostile, By: hostile, Detail: hostile}}, hostile}},
	}
}

// TestWhatIsShownIsPlainText looks at every page (ASVS 1.2.1).
func TestWhatIsShownIsPlainText(t *testing.T) {
	v := english(t)
	pages := typed()
	for name := range v.pages {
		p, ok := pages[name]
		if !ok {
			t.Errorf("it is not known what the page %s shows", name)
			continue
		}
		html, err := v.Render(name, p)
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(html), "<svg onload") || !strings.Contains(string(html), harmless) {
			t.Errorf("%s: %s", name, html)
		}
	}
}

func TestWhatStandsOnEveryPageIsPlainText(t *testing.T) {
	v, err := New("en", hostile)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range typed() {
		p.User, p.Path, p.Notice, p.Form.Problem = hostile, hostile, hostile, hostile
		html, err := v.Render(name, p)
		if err != nil {
			t.Error(err)
		}
		for _, want := range []string{` · ` + harmless + `</title>`, `<a class="site" href="/">` + harmless, `role="status">` + harmless, `role="alert">` + harmless} {
			if strings.Contains(string(html), "<svg onload") || !strings.Contains(string(html), want) {
				t.Errorf("%s: no %s in %s", name, want, html)
			}
		}
	}
}

func TestAMistakeStandsBesideItsFieldAndItsHint(t *testing.T) {
	v := english(t)
	page := typed()["account_password"]
	page.Form = Form{Problem: "Look.", Problems: map[string]string{"currentPassword": hostile, "newPassword": "Longer."}}
	for range 2 { // one rendering knows nothing of another
		html, err := v.Render("account_password", page)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`<title>Problem: `, `<h1>Change`, ` novalidate>`,
			`aria-invalid="true" aria-describedby="currentPassword-wrong" autofocus>`, `id="currentPassword-wrong">` + harmless,
			`aria-invalid="true" aria-describedby="newPassword-wrong newPassword-hint">`, `id="newPassword-wrong">Longer.`, `id="newPassword-hint">At least 8`,
		} {
			if !strings.Contains(string(html), want) {
				t.Errorf("no %s in %s", want, html)
			}
		}
	}
	html, err := v.Render("account_password", typed()["account_password"])
	if err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{"Problem:", "autofocus", "aria-invalid", "-wrong"} {
		if strings.Contains(string(html), not) {
			t.Errorf("there is no mistake, but %s: %s", not, html)
		}
	}
	if !strings.Contains(string(html), `aria-describedby="newPassword-hint">`) {
		t.Errorf("no hint: %s", html)
	}
}

// TestFormsAreJudgedByTheServerAlone: browsers refuse addresses that it takes, such as ünn@example.com.
func TestFormsAreJudgedByTheServerAlone(t *testing.T) {
	v := english(t)
	var found int
	for name, p := range typed() {
		html, err := v.Render(name, p)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(html), " required") {
			continue
		}
		if found++; !strings.Contains(string(html), " novalidate>") {
			t.Errorf("%s: %s", name, html)
		}
	}
	if found < 8 {
		t.Errorf("only %d forms were found", found)
	}
}

// A password manager takes what it is to fill in or to store for that of the account which is named before it.
func TestAFormThatAsksForThePasswordNamesTheAccountFirst(t *testing.T) {
	v := english(t)
	for _, name := range []string{"account_email", "account_password", "account_delete"} {
		html, err := v.Render(name, typed()[name])
		if err != nil {
			t.Fatal(err)
		}
		_, form, _ := strings.Cut(string(html), "novalidate>")
		_, field, _ := strings.Cut(form, "<input ")
		want := `id="username" name="username" type="text" autocomplete="username" value="` + harmless + `" readonly>`
		if !strings.HasPrefix(field, want) {
			t.Errorf("%s: no %s in %s", name, want, form)
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

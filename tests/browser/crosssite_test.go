package browser

import (
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// attack is the page of somebody else, with a form that its visitor is made to send.
var attack = template.Must(template.New("").Parse(`<!doctype html><html lang=en><meta charset=utf-8><title>Kittens</title>
<link rel=icon href="data:,"><form method=post action="{{.To}}" enctype="{{.Encoding}}">
{{range $name, $values := .Form}}<input type=hidden name="{{$name}}" value="{{index $values 0}}">{{end}}<button>More kittens</button></form>`))

// kittens serves such pages, as the query asks: where to, how, what, and whether to hide where the form is from.
func kittens(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("hidden") != "" {
			w.Header().Set("Referrer-Policy", "no-referrer") // makes the browser send "Origin: null"
		}
		form, err := url.ParseQuery(q.Get("form"))
		if err == nil {
			err = attack.Execute(w, struct {
				To, Encoding string
				Form         url.Values
			}{q.Get("to"), q.Get("as"), form})
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// strangers are who might send a form: where their page is, and how it sends.
var strangers = []struct {
	name, host, hidden, encoding string
	few                          bool // of the acts, since they differ in what the browser tells and not in what for
}{
	{"another site", "127.0.0.1", "", "application/x-www-form-urlencoded", false},
	{"another port of the same site", "localhost", "", "application/x-www-form-urlencoded", false},
	{"a hidden origin of the same site", "localhost", "yes", "application/x-www-form-urlencoded", true},
	{"a subdomain", "evil.localhost", "", "multipart/form-data", true},
	{"another site in plain text", "127.0.0.1", "", "text/plain", true},
}

// acts are all forms that do something, with what would make them succeed, sent by somebody signed in or by nobody.
var acts = []struct {
	member     bool
	path, form string
	few        bool
}{
	{true, "/account/password", "currentPassword=" + url.QueryEscape(password) + "&newPassword=" + url.QueryEscape(newPassword), true},
	{true, "/account", "name=Mallory", false},
	{true, "/account/email", "newEmail=mallory@example.com&password=" + url.QueryEscape(password), false},
	{true, "/account/sessions", "scope=others", false},
	{true, "/account/delete", "password=" + url.QueryEscape(password), false},
	{true, "/logout", "", false},
	{true, "/api/users/logout", "", false},
	{true, "/auth/page", "", false},
	{false, "/login", "email=mallory@example.com&password=" + url.QueryEscape(password), true},
	{false, "/signup", "email=new@example.com&password=" + url.QueryEscape(password), false},
	{false, "/forgot", "email=ann@example.com", false},
	{false, "/reset", "token=a&newPassword=" + url.QueryEscape(newPassword), false},
	{false, "/verify", "token=a", false},
	{false, "/verify/resend", "email=ann@example.com", false},
	{false, "/api/users/login", "email=mallory@example.com&password=" + url.QueryEscape(password), false},
}

func TestFormsOfOtherSitesDoNothing(t *testing.T) {
	t.Parallel()
	g := start(t)
	g.member("ann@example.com")
	g.member("mallory@example.com")
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(serve(t, map[string]http.HandlerFunc{"/": kittens(t)}), "http://"))
	member, visitor := newTab(t, g.url), newTab(t, g.url)
	member.signIn("ann@example.com", password)
	before := fmt.Sprint(values(member))
	for _, s := range strangers {
		for _, act := range acts {
			if s.few && !act.few {
				continue
			}
			page := url.Values{"to": {g.url + act.path}, "as": {s.encoding}, "hidden": {s.hidden}, "form": {act.form}}
			b := visitor
			if act.member {
				b = member
			}
			b.open("http://" + s.host + ":" + port + "/?" + page.Encode())
			b.take()
			if status := b.click("button"); status != http.StatusForbidden {
				t.Errorf("%s, %s: status = %d, want 403", s.name, act.path, status)
			}
			if is := b.take(); len(is.cookies) > 0 || is.requests[0].method != http.MethodPost || is.requests[0].url != g.url+act.path {
				t.Errorf("%s, %s: the answer sets the cookies %q after %+v", s.name, act.path, is.cookies, is.requests)
			}
		}
		if after := fmt.Sprint(values(member)); after != before {
			t.Errorf("%s: the cookies are %s, want %s", s.name, after, before)
		}
		if all := values(visitor); len(all) > 0 {
			t.Errorf("%s: a visitor got the cookies %v", s.name, all)
		}
		member.open("/account")
		member.at("/account", "ann@example.com")
		if name := eval[string](member, "document.querySelector('#name').value"); name != "Ann" {
			t.Errorf("%s: the name is %q now", s.name, name)
		}
	}
	g.post("/api/users/login", url.Values{"email": {"ann@example.com"}, "password": {password}}, http.StatusOK)
}

// values are the cookies of the site by their names.
func values(b *tab) map[string]string {
	all := map[string]string{}
	for _, c := range b.cookies() {
		all[c.Name] = c.Value
	}
	return all
}

// On a page of our own origin the same forms do what the test above wants not to be done.
func TestTheSameFormsWorkOnTheSameOrigin(t *testing.T) {
	t.Parallel()
	g := behind(t, "http", "localhost", map[string]http.HandlerFunc{"/kittens": kittens(t)})
	g.member("mallory@example.com")
	b := newTab(t, g.url)
	for i, act := range acts {
		b.do("forget who was signed in", network.ClearBrowserCookies())
		if act.member {
			email := fmt.Sprintf("ann%d@example.com", i)
			g.member(email)
			b.signIn(email, password)
		}
		b.open("/kittens?" + url.Values{"to": {act.path}, "form": {act.form}}.Encode())
		if status := b.click("button"); status == http.StatusForbidden {
			b.fail("%s: status = 403", act.path)
		}
	}
}

func TestPagesCannotBeFramed(t *testing.T) {
	t.Parallel()
	g := start(t)
	b := newTab(t, serve(t, map[string]http.HandlerFunc{"/": html(`<iframe src="` + g.url + `/login"></iframe>`)}))
	b.open("/")
	var all []string
	if !soon(func() bool {
		all = append(all, b.take().complaints...)
		return strings.Contains(strings.Join(all, "\n"), "frame-ancestors")
	}) {
		t.Errorf("the browser complains of %q", all)
	}
}

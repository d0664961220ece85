package openapitest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

const (
	anID    = "abcdefghijklmnopqrstuvwxyz"
	aUser   = `{"id":1,"email":"ann@example.com","gender":null,"lastLogin":"2026-03-01T12:00:00Z","name":null,"role":"user","state":1,"created":null}`
	anError = `{"error":true,"message":"A sentence","code":"%s","requestId":"` + anID + `"}`
)

func own(t *testing.T) *description {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each is what a program would answer that does not fit its description any more.
func TestWhatIsNotAsDescribedIsFound(t *testing.T) {
	d := own(t)
	me, failed := `{"success":true,"data":`+aUser+`}`, func(code string) string { return fmt.Sprintf(anError, code) }
	const get, cookie, length = "GET /api/users/me", "Cookie: gatehouse=x", "Retry-After: 1"
	for name, x := range map[string]struct {
		request, sent string
		status        int
		header, body  string
		want          string // "" for what is as described
	}{
		"as described":              {get, cookie, 200, "", me, ""},
		"by HEAD":                   {"HEAD /api/users/me", cookie, 200, "", me, ""},
		"by a token":                {get, "Authorization: Bearer x", 200, "", me, ""},
		"the other spelling":        {get, "Authorization-Access: x", 200, "", me, ""},
		"an extra field":            {get, cookie, 200, "", strings.Replace(me, `"id":1`, `"id":1,"password":"x"`, 1), "additional properties 'password' not allowed"},
		"a field beside the data":   {get, cookie, 200, "", strings.Replace(me, `"data"`, `"more":1,"data"`, 1), "additional properties 'more' not allowed"},
		"a missing field":           {get, cookie, 200, "", strings.Replace(me, `"gender":null,`, "", 1), "missing property 'gender'"},
		"a wrong type":              {get, cookie, 200, "", strings.Replace(me, `"id":1`, `"id":"1"`, 1), "got string, want integer"},
		"a time that is none":       {get, cookie, 200, "", strings.Replace(me, "12:00:00Z", "noon", 1), "not valid date-time"},
		"no JSON":                   {get, cookie, 200, "", "{", "no JSON"},
		"an undescribed status":     {get, cookie, 201, "", me, "status is not described"},
		"no credentials":            {get, "", 200, "", me, "without the credentials"},
		"another content type":      {get, cookie, 200, "Content-Type: text/html", me, "want application/json"},
		"an undescribed header":     {get, cookie, 200, "Set-Cookie: a=b", me, "Set-Cookie is not described"},
		"no id of the request":      {get, cookie, 200, "X-Request-Id: ", me, "no X-Request-Id"},
		"a failure":                 {get, "", 401, "", failed("not_signed_in"), ""},
		"another failure's code":    {get, "", 401, "", failed("email_taken"), "the body is not as described"},
		"an unknown code":           {get, "", 401, "", failed("new_one"), "the body is not as described"},
		"another request's id":      {get, "", 401, "X-Request-Id: other", failed("not_signed_in"), "requestId is"},
		"a wait that is not told":   {get, cookie, 503, "", failed("overloaded"), "Retry-After is missing"},
		"a wait":                    {get, cookie, 503, length, failed("overloaded"), ""},
		"a wait of no seconds":      {get, cookie, 503, "Retry-After: 0", failed("overloaded"), "Retry-After"},
		"a mistake of ours":         {get, cookie, 500, "", failed("internal"), ""},
		"default is 500 alone":      {get, cookie, 502, "", failed("internal"), "status is not described"},
		"an undescribed route":      {"GET /api/users/everybody", cookie, 200, "", me, "route is not described"},
		"an undescribed method":     {"PUT /api/users/me", cookie, 200, "", me, "route is not described"},
		"no such route":             {"GET /api/users/everybody", cookie, 404, "", failed("not_found"), ""},
		"no such route, not so":     {"GET /api/users/everybody", cookie, 404, "Content-Type: text/html", "<p>", "want application/json"},
		"a parameter in the path":   {"DELETE /api/users/sessions/x", cookie, 200, "", `{"success":true,"message":"session ended"}`, ""},
		"a query":                   {"GET /api/users/events?before=7&more=1", cookie, 200, "", `{"success":true,"data":{"events":[]}}`, ""},
		"a wrong query":             {"GET /api/users/events?before=x", cookie, 200, "", `{"success":true,"data":{"events":[]}}`, "before in the query"},
		"headers and no body":       {"GET /api/auth/forward", cookie, 302, "Location: /login?next=/", "", ""},
		"a body where none belongs": {"GET /api/auth/forward", cookie, 302, "Location: /login?next=/", "moved", "a body is not described"},
		"a header of another text":  {"GET /api/auth/forward", cookie, 302, "Location: //evil.test", "", "the header Location"},
		"what a request lacks":      {`POST /auth/verify {}`, "", 200, "", `{"success":true,"data":{},"user":` + aUser + `}`, "it went well with a body that is not as described"},
		"a request's wrong type":    {`POST /api/users/logout {"scope":"all"}`, "", 200, "", `{"success":true,"message":"x"}`, "it went well with a body that is not as described"},
		"a form":                    {`POST /api/users/logout scope=global`, "", 200, "", `{"success":true,"message":"x"}`, ""},
		"a wrong form":              {`POST /api/users/logout scope=all`, "", 200, "", `{"success":true,"message":"x"}`, "it went well with a body that is not as described"},
		"no body":                   {"POST /api/users/logout", "", 200, "", `{"success":true,"message":"x"}`, ""},
		"no body where one belongs": {"POST /api/users/email/resend", "", 202, "", `{"success":true,"message":"x"}`, "without the body"},
		"another kind of body":      {"POST /api/users/logout <a>", "", 200, "", `{"success":true,"message":"x"}`, "with Content-Type"},
		"a bad request is judged":   {`POST /api/users/logout {"scope":"all"}`, "", 422, "", strings.Replace(failed("validation_failed"), `"requestId"`, `"fields":{"scope":"x"},"requestId"`, 1), ""},
		"fields that are not told":  {`POST /api/users/logout {"scope":"all"}`, "", 422, "", failed("validation_failed"), "missing property 'fields'"},
	} {
		t.Run(name, func(t *testing.T) {
			var complaints []string
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.Header().Set("X-Request-Id", anID)
				if key, value, found := strings.Cut(x.header, ": "); found {
					w.Header().Set(key, value)
				}
				w.WriteHeader(x.status)
				_, _ = w.Write([]byte(x.body))
			})
			h := d.watch(next, func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) })
			h.ServeHTTP(httptest.NewRecorder(), request(x.request, x.sent))
			said := strings.Join(complaints, "\n")
			if (said == "") != (x.want == "") || !strings.Contains(said, x.want) {
				t.Errorf("complaints are %q, want %q", said, x.want)
			}
		})
	}
}

// request makes one of "METHOD path body".
func request(line, header string) *http.Request {
	words := append(strings.SplitN(line, " ", 3), "")
	r := httptest.NewRequest(words[0], words[1], strings.NewReader(words[2]))
	switch {
	case strings.HasPrefix(words[2], "{"):
		r.Header.Set("Content-Type", "application/json")
	case strings.HasPrefix(words[2], "<"):
		r.Header.Set("Content-Type", "text/html")
	case words[2] != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if key, value, found := strings.Cut(header, ": "); found {
		r.Header.Set(key, value)
	}
	return r
}

// fake is a package's tests that pass, or do not.
type fake int

func (f fake) Run() int { return int(f) }

func TestWhatNoTestHasSeenIsMissing(t *testing.T) {
	d := own(t)
	var l ledger
	all := len(l.missing(d))
	if all < 200 {
		t.Fatalf("only %d answers are described", all)
	}
	l.add("GET /healthz 200")
	l.add("")
	if left := l.missing(d); len(left) != all-1 || strings.Contains(strings.Join(left, "\n"), "/healthz") || strings.Contains(strings.Join(left, "\n"), "default") {
		t.Errorf("%d of %d are missing: %v", len(left), all, left)
	}
	if code := (Whole{fake(3)}).Run(); code != 3 {
		t.Errorf("exit code of failed tests = %d", code)
	}
}

// What a mistake in the description would do to the tests of others is found here first.
func TestAWrongDescriptionIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":         "{",
		"no title":        `{"openapi":"3.1.0","info":{"version":"1"},"paths":{}}`,
		"a wrong example": `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{},"components":{"schemas":{"X":{"type":"string","example":1}}}}`,
		"a loose end":     `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/x":{"get":{"responses":{"200":{"$ref":"#/components/responses/No"}}}}}}`,
	} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}

// The description's own schemas compile, also those of answers that are rare.
func TestEverySchemaCompiles(t *testing.T) {
	d := own(t)
	for _, r := range d.routes() {
		for status, answer := range r.Responses.Map() {
			if len(answer.Value.Content) == 0 {
				continue
			}
			pointer := cmp.Or(answer.Ref, at(r.pointer(), "responses", status))
			if err := d.check(at(pointer, "content", "application/json", "schema"), "no object"); err == nil || strings.HasPrefix(err.Error(), "compile") {
				t.Errorf("%s: %v", key(r, status), err)
			}
		}
	}
}

func TestTheProgramKnowsNoneOfThis(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "gatehouse").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "gatehouse/openapi\n") {
		t.Fatalf("go list: %v: %s", err, out)
	}
	for _, name := range []string{"getkin/kin-openapi", "santhosh-tekuri/jsonschema", "gatehouse/openapi/openapitest"} {
		if strings.Contains(string(out), name) {
			t.Errorf("%s is in the binary", name)
		}
	}
}

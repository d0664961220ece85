package controllers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func TestBadBodiesAreRefusedAndNothingIsWritten(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 12000) + "1" + strings.Repeat("}", 12000)
	wide := `{"email":"a@example.com","password":"` + strings.Repeat("x", 64<<10) + `"}`
	tests := []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"text", "text/plain", "email=a@example.com&password=correct+horse", 415, "unsupported_media_type"},
		{"no type", "", `{"email":"a@example.com","password":"correct horse"}`, 415, "unsupported_media_type"},
		{"multipart", "multipart/form-data; boundary=x", "--x--", 415, "unsupported_media_type"},
		{"other charset", jsonType + "; charset=latin1", `{}`, 415, "unsupported_media_type"},
		{"broken type", "application/json; =", `{}`, 415, "unsupported_media_type"},
		{"cut off", jsonType, `{"email":"a@example.com"`, 400, "bad_request"},
		{"no object", jsonType, `["a@example.com"]`, 400, "bad_request"},
		{"null", jsonType, `null`, 400, "bad_request"},
		{"two objects", jsonType, `{"email":"a@example.com","password":"correct horse"}{}`, 400, "bad_request"},
		{"trailing text", jsonType, `{"email":"a@example.com","password":"correct horse"} x`, 400, "bad_request"},
		{"repeated key", jsonType, `{"email":"a@example.com","email":"b@example.com","password":"correct horse"}`, 400, "bad_request"},
		{"repeated key by escape", jsonType, `{"email":"a@example.com","\u0065mail":"b@example.com","password":"correct horse"}`, 400, "bad_request"},
		{"bad UTF-8", jsonType, "{\"email\":\"a@example.com\",\"password\":\"correct \xff horse\"}", 400, "bad_request"},
		{"deep", jsonType, `{"email":"a@example.com","password":"correct horse","x":` + deep + `}`, 413, "body_too_large"},
		{"deep but small", jsonType, `{"email":"a@example.com","password":"correct horse","x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 400, "bad_request"},
		{"too large", jsonType, wide, 413, "body_too_large"},
		{"repeated field", formType, "email=a@example.com&email=b@example.com&password=correct+horse", 400, "bad_request"},
		{"bad escape", formType, "email=%zz&password=correct+horse", 400, "bad_request"},
		{"semicolons", formType, "email=a@example.com;password=correct+horse", 400, "bad_request"},
		{"empty", jsonType, ``, 422, "validation_failed"},
		{"number for text", jsonType, `{"email":5,"password":"correct horse"}`, 422, "validation_failed"},
		{"object for text", jsonType, `{"email":"a@example.com","password":{"a":1}}`, 422, "validation_failed"},
		{"null for text", jsonType, `{"email":null,"password":"correct horse"}`, 422, "validation_failed"},
		{"other case of a name", jsonType, `{"Email":"a@example.com","password":"correct horse"}`, 422, "validation_failed"},
		{"half a surrogate", jsonType, `{"email":"a@example.com","password":"correct \ud800 horse"}`, 422, "validation_failed"},
		{"other half of a surrogate", jsonType, `{"email":"a@example.com","password":"correct \\ufffd\udfff"}`, 422, "validation_failed"},
		{"no @", formType, "email=example.com&password=correct+horse", 422, "validation_failed"},
		{"two @", formType, "email=a@b@example.com&password=correct+horse", 422, "validation_failed"},
		{"NUL in address", formType, "email=a%00@example.com&password=correct+horse", 422, "validation_failed"},
		{"line break in address", formType, "email=a%0d%0aBcc:x@example.com&password=correct+horse", 422, "validation_failed"},
		{"bad UTF-8 in form", formType, "email=a%ff@example.com&password=correct+horse", 422, "validation_failed"},
		{"bad UTF-8 in password", formType, "email=a@example.com&password=correct%ffhorse", 422, ""},
		{"NUL in password", jsonType, `{"email":"a@example.com","password":"correct\u0000horse"}`, 422, ""},
		{"long address", formType, "email=" + strings.Repeat("a", 250) + "@example.com&password=correct+horse", 422, "validation_failed"},
	}
	each(t, func(t *testing.T, s *site) {
		for _, test := range tests {
			for _, path := range []string{"/api/users/signup", "/api/users/login"} {
				r := s.browser().post(path, test.body, "Content-Type", test.kind)
				if r.status != test.status || (test.code != "" && r.failure().Code != test.code) {
					t.Errorf("%s at %s: %d %s, want %d %s", test.name, path, r.status, r.body, test.status, test.code)
				}
				if r.failure(); len(r.header["Set-Cookie"]) > 0 {
					t.Errorf("%s at %s: a refusal set a cookie", test.name, path)
				}
			}
		}
		for _, name := range []string{`"Ann\r\nX: y"`, `"Ann\u0000"`, `"` + strings.Repeat("ä", 101) + `"`, `7`} {
			r := s.browser().post("/api/users/signup", `{"email":"a@example.com","password":"correct horse","name":`+name+`}`)
			if r.want(http.StatusUnprocessableEntity, "validation_failed"); r.failure().Fields["name"] == "" {
				t.Errorf("name %s: %s", name, r.body)
			}
		}
		if n := s.count("SELECT COUNT(*) FROM users"); n != 0 {
			t.Errorf("%d users, want 0", n)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions, want 0", n)
		}
		if strings.Contains(s.log.String(), `"level":"ERROR"`) {
			t.Errorf("log has an error:\n%s", s.log)
		}
	})
}

func TestAPairOfSurrogatesIsOneCharacter(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().post("/api/users/signup", `{"email":"a@example.com","password":"\ud83d\ude00 battery"}`).want(http.StatusCreated)
		s.browser().post("/api/users/login", `{"email":"a@example.com","password":"😀 battery"}`).want(http.StatusOK)
		s.browser().post("/api/users/login", `{"email":"a@example.com","password":"\ufffd battery"}`).want(http.StatusUnauthorized)
	})
}

func TestRememberIsYesOrNo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for value, status := range map[string]int{`true`: 200, `false`: 200, `"on"`: 200, `null`: 200, `""`: 200, `1`: 422, `"maybe"`: 422, `[]`: 422} {
			r := s.browser().post("/api/users/login", `{"email":"ann@example.com","password":"correct horse","remember":`+value+`}`).want(status)
			if status == 422 && r.failure().Fields["remember"] == "" {
				t.Errorf("%s: fields = %v", value, r.failure().Fields)
			}
			if keep := strings.Contains(r.header.Get("Set-Cookie"), "Max-Age"); keep != (value == `true` || value == `"on"`) {
				t.Errorf("%s: Set-Cookie = %q", value, r.header.Get("Set-Cookie"))
			}
		}
	})
}

func TestOnlyOneContentType(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		req, _ := http.NewRequest(http.MethodPost, s.URL+"/api/users/login", strings.NewReader("{}"))
		req.Header["Content-Type"] = []string{jsonType, "text/plain"}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("status = %d, want 415", res.StatusCode)
		}
	})
}

func TestACompressedBodyIsRefused(t *testing.T) {
	onSQLite(t, nil).browser().post("/api/users/login", "{}", "Content-Encoding", "gzip").want(http.StatusUnsupportedMediaType)
}

func TestJSONOfAnotherTypeIsToldToNameItself(t *testing.T) {
	s := onSQLite(t, nil)
	for _, test := range []struct {
		kind, body string
		status     int
		told       bool
	}{
		{"", `{"email":"a@example.com","password":"correct horse"}`, 415, true},
		{formType, `{"email":"a@example.com","password":"correct horse"}`, 422, true}, // as curl -d sends it
		{formType, ` {"email":"a@example.com","password":"100% horse"}`, 400, true},
		{formType, "email=a@example.com", 422, false},
		{formType, "email=%zz", 400, false},
		{jsonType, `{"email":"a@example.com"}`, 422, false},
		{jsonType, `{`, 400, false},
	} {
		said := s.browser().post("/api/users/login", test.body, "Content-Type", test.kind).want(test.status).failure().Message
		if strings.Contains(said, "Content-Type to application/json") != test.told {
			t.Errorf("%s as %q is told %q", test.body, test.kind, said)
		}
	}
}

func TestJSONSentAsAFormIsNeverPassedOver(t *testing.T) {
	s := onSQLite(t, nil)
	b := s.member("ann@example.com")
	h := b.holder("ann@example.com")
	for _, request := range [][3]string{
		{"POST", "/api/users/logout", `{"scope":"global"}`},
		{"POST", "/auth/logout", `{"accessToken":"` + h.access + `","refreshToken":"` + h.refresh + `"}`},
		{"PATCH", "/api/users/me", `{"name":"Ann"}`},
	} {
		b.send(request[0], request[1], request[2], "Content-Type", formType).want(http.StatusBadRequest, "bad_request").cookieless(request[1])
	}
	b.get("/api/users/me").want(http.StatusOK)
	h.me().want(http.StatusOK)
}

func TestBodiesThatNobodyReadsMustBeRightToo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, path := range []string{"/api/users/me", "/api/users/sessions", "/api/users/sessions/x"} {
			b.send("DELETE", path, "x", "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType)
			b.send("DELETE", path, "{").want(http.StatusBadRequest)
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestAMissingPasswordIsNotAWeakOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().post("/api/users/signup", "email=a@example.com").want(http.StatusUnprocessableEntity, "validation_failed")
		s.browser().post("/api/users/signup", "email=a@example.com&password=short").want(http.StatusUnprocessableEntity, "weak_password")
		s.browser().post("/api/users/signup", "email=a&password=short").want(http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		r := s.browser().post("/api/users/signup", `{"email":"x","password":"short","gender":"`+strings.Repeat("x", 21)+`"}`)
		fields := r.want(http.StatusUnprocessableEntity).failure().Fields
		for _, name := range []string{"email", "password", "gender"} {
			if fields[name] == "" {
				t.Errorf("nothing said about %s: %v", name, fields)
			}
		}
	})
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().post("/api/users/signup", `{"email":"a@example.com","password":"correct horse","role":"admin","x":{"y":[1,2]}}`).want(http.StatusCreated)
		if n := s.count("SELECT COUNT(*) FROM users WHERE role = ?", "user"); n != 1 {
			t.Error("a field nobody asked for was stored")
		}
	})
}

func TestHTMLInANameIsPlainText(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		r := s.browser().post("/api/users/signup", `{"email":"a@example.com","password":"correct horse","name":"<svg onload=1>"}`).want(http.StatusCreated)
		if strings.Contains(r.body, "<svg") || !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
			t.Errorf("body = %s", r.body)
		}
	})
}

func postOf(kind, body string) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	c.Request.Header.Set("Content-Type", kind)
	attach(c, &request{})
	return c
}

// FuzzReadForm holds that a body is either refused or read as the standard library reads it.
func FuzzReadForm(f *testing.F) {
	f.Add(jsonType, `{"email":"a@example.com","remember":true,"n":1,"a":null}`)
	f.Add(jsonType, `{"a":"\ud83d\ude00","b":"\ud800","c":"�"}`)
	f.Add(jsonType, `{"a":1,"a":2}`)
	f.Add(formType, "email=a%40example.com&password=x+y&remember=on")
	f.Add(formType, "a=1&a=2")
	f.Fuzz(func(t *testing.T, kind, body string) {
		form, err := readForm(postOf(kind, body))
		if err != nil {
			if is := refusalOf(err); is.status != http.StatusBadRequest && is.status != http.StatusUnsupportedMediaType {
				t.Fatalf("refused with %d", is.status)
			}
			return
		}
		for name := range form.values {
			var all map[string]any
			if err := json.Unmarshal([]byte(body), &all); err != nil {
				t.Fatalf("accepted what is no JSON: %q", body)
			}
			if s, ok := form.lookup(name); ok && (s != all[name] || !utf8.ValidString(s)) {
				t.Fatalf("%s = %q, want %q", name, s, all[name])
			}
		}
		for name, value := range form.texts {
			all, err := url.ParseQuery(body)
			if err != nil || len(all[name]) != 1 || all[name][0] != value {
				t.Fatalf("%s = %q, want %q (%v)", name, value, all[name], err)
			}
		}
		form.flag("remember")
		form.change("name")
	})
}

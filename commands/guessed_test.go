package commands_test

import (
	"crypto/sha1"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// A server and the commands refuse the same passwords, by the same settings.
func TestPasswordsThatAreGuessedFirstAreRefusedBesideAServerToo(t *testing.T) {
	const (
		used   = "password is one of the most used passwords"
		named  = "password must not be your e-mail address, a part of it or the name of this site"
		leaked = "password is in a list of leaked passwords"
	)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, fmt.Sprintf("%X", sha1.Sum([]byte("battery staple")))[5:]+":3\r\n")
	}))
	defer service.Close()
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		env := newSite(t, databaseURL).with("GATEHOUSE_SITE_NAME=Blue Door", "GATEHOUSE_BASE_URL=https://auth.example.com", "GATEHOUSE_BREACH_URL="+service.URL+"/range/")
		run(t, env, "migrate", "up").want(0)
		o := office{t: t, env: env, databaseURL: databaseURL}
		o.printsAfter("correct horse\n", "Made user 1 (ann@example.com) with the role user.", "add", "ann@example.com")
		refusals := map[string]string{"Ann@example.com": named, "blue door 2026": named, "Auth.Example.Com": named, "battery staple": leaked}
		for _, plain := range []string{
			"password", "12345678", "123456789", "password1", "iloveyou", "qwertyuiop", "sunshine", "princess", "football", "baseball",
			"trustno1", "1234567890",
		} {
			refusals[plain] = used
		}
		for plain, why := range refusals {
			o.fails(plain+"\n", why, "set-password", "1")
			if why != named { // whose address it is differs
				o.fails(plain+"\n", why, "add", "ben@example.com")
			}
		}
		o.fails("ben@example.com\n", named, "add", "ben@example.com")
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 ann@example.com - user active never", "list")

		address, stop := serve(t, append(env, "GATEHOUSE_BASE_URL="))
		defer stop()
		for _, plain := range []string{"password1", "blue door 2026", "localhost", "battery staple", "gatehouse"} {
			res, err := http.PostForm("http://"+address+"/api/users/signup", url.Values{"email": {"ben@example.com"}, "password": {plain}})
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			want := http.StatusUnprocessableEntity
			if plain == "gatehouse" { // is not this site's name
				want = http.StatusCreated
			}
			wantStatus(t, "sign-up with "+plain, res.StatusCode, want)
		}
	})
}

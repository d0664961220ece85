package commands_test

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// office is a running server, and the settings with which commands reach its users.
type office struct {
	t                    *testing.T
	env                  []string
	address, databaseURL string
}

func eachOffice(t *testing.T, test func(t *testing.T, o office)) {
	t.Helper()
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		address, stop := serve(t, s.env)
		defer stop()
		test(t, office{t, s.env, address, databaseURL})
	})
}

var (
	aTime = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)`)
	anID  = regexp.MustCompile(`[a-z2-7]{26}`)
)

// prints checks all that a command prints, but for times and ids, and the spaces that align columns.
func (o office) prints(want string, args ...string) {
	o.t.Helper()
	o.printsAfter("", want, args...)
}

func (o office) printsAfter(typed, want string, args ...string) {
	o.t.Helper()
	got := enter(o.t, typed, o.env, append([]string{"users"}, args...)...).want(0).stdout
	got = anID.ReplaceAllString(aTime.ReplaceAllString(got, "TIME"), "ID")
	lines := strings.Split(strings.TrimSpace(got), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	if got := strings.Join(lines, "\n"); got != want {
		o.t.Errorf("users %q prints\n%s\nwant\n%s", args, got, want)
	}
}

// fails checks that a command ends with 1 and says why.
func (o office) fails(typed, why string, args ...string) {
	o.t.Helper()
	enter(o.t, typed, o.env, append([]string{"users"}, args...)...).want(1, "gatehouse: "+why+"\n")
}

// visitor signs in with a cookie jar, and returns what the server answers from then on.
func (o office) visitor(email, password string) (status func() int) {
	o.t.Helper()
	client, got := o.login(email, password)
	wantStatus(o.t, "sign-in of "+email, got, http.StatusOK)
	return func() int {
		res, err := client.Get("http://" + o.address + "/api/users/me")
		if err != nil {
			o.t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
}

// refused wants this sign-in to fail.
func (o office) refused(email, password string) {
	o.t.Helper()
	_, got := o.login(email, password)
	wantStatus(o.t, "sign-in of "+email, got, http.StatusUnauthorized)
}

func (o office) login(email, password string) (*http.Client, int) {
	o.t.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	res, err := client.PostForm("http://"+o.address+"/api/users/login", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		o.t.Fatal(err)
	}
	_ = res.Body.Close()
	return client, res.StatusCode
}

// holder signs in for tokens, and returns what the server answers to the access token from then on.
func (o office) holder(email, password string) (status func() int) {
	o.t.Helper()
	res, err := http.PostForm("http://"+o.address+"/auth/login", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		o.t.Fatal(err)
	}
	var tokens struct{ AccessToken string }
	err = json.NewDecoder(res.Body).Decode(&tokens)
	_ = res.Body.Close()
	if err != nil || tokens.AccessToken == "" {
		o.t.Fatalf("no tokens: %d, %v", res.StatusCode, err)
	}
	return func() int {
		req, err := http.NewRequest(http.MethodGet, "http://"+o.address+"/api/users/me", nil)
		if err != nil {
			o.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			o.t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
}

func wantStatus(t *testing.T, when string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: status = %d, want %d", when, got, want)
	}
}

// wantEnded wants a session to end at the next request, on the embedded database within the second that a command has there.
func (o office) wantEnded(when string, status func() int) {
	o.t.Helper()
	got, patience := status(), time.Now()
	if strings.HasPrefix(o.databaseURL, "sqlite:") {
		patience = patience.Add(time.Second)
	}
	for got != http.StatusUnauthorized && time.Now().Before(patience) {
		got = status()
	}
	wantStatus(o.t, when, got, http.StatusUnauthorized)
}

func TestUsersAreLookedAfterBesideAServer(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.printsAfter("correct horse\n", "Made user 1 (root@example.com) with the role admin.", "add", "root@example.com", "--role", "admin", "--name", "Root")
		o.printsAfter("correct horse", "Made user 2 (ann@example.com) with the role user.", "add", "ann@example.com")
		ann := o.visitor("ann@example.com", "correct horse")
		wantStatus(t, "signed in", ann(), http.StatusOK)

		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 root@example.com Root admin active never\n2 ann@example.com - user active TIME", "list")
		o.prints("id 2\ne-mail ann@example.com\nname -\ngender -\nrole user\nstate active\npassword bcrypt\ncan sign in yes\nlast sign-in TIME\nsigned up TIME\nsessions 1", "show", "ANN@example.com")
		o.prints(`{"id":1,"email":"root@example.com","gender":null,"lastLogin":null,"name":"Root","role":"admin","state":1,"created":"TIME"}`, "show", "1", "--json")
		o.prints("ID KIND IP CREATED LAST SEEN EXPIRES PROGRAM\nID cookie 127.0.0.1 TIME TIME TIME Go-http-client/1.1", "sessions", "2")
		o.prints(`{"id":"ID","kind":"cookie","ip":"127.0.0.1","userAgent":"Go-http-client/1.1","created":"TIME","lastSeen":"TIME","expires":"TIME"}`, "sessions", "2", "--json")

		tokens := o.holder("ann@example.com", "correct horse")
		wantStatus(t, "with a token", tokens(), http.StatusOK)
		o.prints("Ended all sessions of user 2 (ann@example.com): 2.", "end-sessions", "ann@example.com")
		o.wantEnded("after end-sessions", ann)
		wantStatus(t, "a token after end-sessions", tokens(), http.StatusUnauthorized)

		ann, tokens = o.visitor("ann@example.com", "correct horse"), o.holder("ann@example.com", "correct horse")
		root := o.visitor("root@example.com", "correct horse")
		o.prints("Ended all sessions of 2 users: 3.", "end-sessions", "--all")
		o.wantEnded("after end-sessions --all", ann)
		o.wantEnded("after end-sessions --all, another user", root)
		wantStatus(t, "a token after end-sessions --all", tokens(), http.StatusUnauthorized)
		o.prints("Ended all sessions of 0 users: 0.", "end-sessions", "--all")

		ann, tokens = o.visitor("ann@example.com", "correct horse"), o.holder("ann@example.com", "correct horse")
		o.prints("Disabled user 2 (ann@example.com) and ended their sessions.", "disable", "2")
		o.wantEnded("disabled", ann)
		o.refused("ann@example.com", "correct horse")
		o.prints("Enabled user 2 (ann@example.com).", "enable", "2")
		wantStatus(t, "the old session after enabling", ann(), http.StatusUnauthorized)
		wantStatus(t, "the old token after enabling", tokens(), http.StatusUnauthorized)

		ann, tokens = o.visitor("ann@example.com", "correct horse"), o.holder("ann@example.com", "correct horse")
		o.printsAfter("another good one\r\n", "Gave user 2 (ann@example.com) a new password and ended their sessions.", "set-password", "2")
		o.wantEnded("after set-password", ann)
		wantStatus(t, "a token after set-password", tokens(), http.StatusUnauthorized)
		o.refused("ann@example.com", "correct horse")
		ann = o.visitor("ann@example.com", "another good one")
		wantStatus(t, "the new password", ann(), http.StatusOK)

		o.prints("Gave user 2 (ann@example.com) the role editor.", "role", "2", "editor")
		wantStatus(t, "with another role", ann(), http.StatusOK)

		for _, answer := range []string{"no\n", "y\n", "Yes, please\n", "\n"} {
			o.fails(answer, "nothing was deleted; --yes does not ask", "delete", "2")
		}
		o.fails("", "nothing was deleted; --yes does not ask", "delete", "2")
		wantStatus(t, "not deleted", ann(), http.StatusOK)
		o.printsAfter("yes\n", "Deleted user 2 (ann@example.com).", "delete", "2")
		o.wantEnded("deleted", ann)
		o.prints("Deleted user 1 (root@example.com).", "delete", "root@example.com", "--yes")
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN", "list")
		if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions are left, want none", n)
		}
	})
}

func TestMistakesWithUsersAreToldAndChangeNothing(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.printsAfter("correct horse\n", "Made user 1 (ann@example.com) with the role user.", "add", "ann@example.com")
		o.fails("correct horse\n", "another user has this e-mail address", "add", "Ann@Example.com")
		o.fails("short\n", "password must have at least 8 characters", "add", "ben@example.com")
		o.fails("short\n", "email must be an e-mail address; password must have at least 8 characters", "add", "ben")
		o.fails("correct horse\n", "role must not contain commas, invisible characters, or spaces at its ends", "add", "ben@example.com", "--role", "a,b")
		o.fails("correct horse\n", "role is too long", "add", "ben@example.com", "--role", strings.Repeat("r", 51))
		o.fails("correct horse\n", "role must be written admin", "add", "ben@example.com", "--role", "Admin")
		o.fails("", "nothing was typed", "add", "ben@example.com")
		o.fails("\ufeffcorrect horse\n", "the input begins with a byte-order mark; save it as UTF-8 without one", "add", "ben@example.com")
		o.fails(strings.Repeat("x", 1<<20), "that line is too long", "add", "ben@example.com")
		o.fails("short\n", "password must have at least 8 characters", "set-password", "1")
		o.fails("", `there is no user "7"; name one by id or e-mail address`, "show", "7")
		o.fails("", `there is no user "ben"; name one by id or e-mail address`, "disable", "ben")
		o.fails("", "role is required", "role", "1", "")
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 ann@example.com - user active never", "list")
		run(t, o.env, "users", "show").want(2, "Try: gatehouse users show --help")
	})
}

// Another program that writes the role makes nobody an admin of Gatehouse; our commands do, and take it back.
func TestTheMarkOfAnAdminFollowsOurCommandsAlone(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		o := office{t: t, env: s.env}
		marked := func(want int) {
			t.Helper()
			if got := count(t, databaseURL, "SELECT COUNT(*) FROM users WHERE gh_admin IS NOT NULL"); got != want {
				t.Errorf("%d users are marked, want %d", got, want)
			}
		}
		o.printsAfter("correct horse\n", "Made user 1 (ann@example.com) with the role user.", "add", "ann@example.com")
		execute(t, databaseURL, "UPDATE users SET role = 'admin'")
		marked(0)
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 ann@example.com - admin (not of Gatehouse) active never", "list")
		o.prints("Gave user 1 (ann@example.com) the role admin.", "role", "1", "admin")
		marked(1)
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 ann@example.com - admin active never", "list")
		o.prints("Disabled user 1 (ann@example.com) and ended their sessions.", "disable", "1")
		o.prints("Enabled user 1 (ann@example.com).", "enable", "1")
		marked(1)
		o.prints("Gave user 1 (ann@example.com) the role user.", "role", "1", "user")
		marked(0)
		o.printsAfter("correct horse\n", "Made user 2 (root@example.com) with the role admin.", "add", "root@example.com", "--role", "admin")
		marked(1)
	})
}

func TestUsersAreMadeWhereSignUpIsClosed(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		env := s.with("GATEHOUSE_SIGNUP=closed")
		run(t, env, "migrate", "up").want(0)
		enter(t, "correct horse\n", env, "users", "add", "ann@example.com").want(0, "Made user 1")
	})
}

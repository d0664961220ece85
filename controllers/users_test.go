package controllers

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/user"
)

func TestSignupSignsIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		r := b.post("/api/users/signup", `{"email":" Ann@Example.com ","password":"correct horse","name":"Ann","gender":"f","role":"admin","id":7,"state":0}`)
		r.want(http.StatusCreated)
		want := `{"success":true,"data":{"id":1,"email":"Ann@Example.com","gender":"f","lastLogin":"2026-03-01T12:00:00Z","name":"Ann","role":"user","state":1,"created":"2026-03-01T12:00:00Z"}}`
		if r.body != want {
			t.Errorf("body = %s\nwant   %s", r.body, want)
		}
		if got := data[user.User](b.get("/api/users/me").want(http.StatusOK)); got.ID != 1 {
			t.Errorf("id = %d, want 1", got.ID)
		}
	})
}

func TestSignupRefusesTakenAddressInAnySpelling(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for _, spelling := range []string{"ann@example.com", " ANN@EXAMPLE.COM", "Ann@Example.Com"} {
			s.browser().post("/api/users/signup", `{"email":"`+spelling+`","password":"correct horse"}`).want(http.StatusConflict, "email_taken")
		}
	})
}

func TestSignupClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		s := newSite(t, conn, &options{edit: func(c *config.Settings) { c.Signup = "closed" }})
		s.browser().post("/api/users/signup", "email=a@example.com&password=correct+horse").want(http.StatusForbidden, "signup_closed")
		if n := s.count("SELECT COUNT(*) FROM users"); n != 0 {
			t.Errorf("%d users, want 0", n)
		}
	})
}

func TestNewDatabaseHasNoUsers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if n := s.count("SELECT COUNT(*) FROM users"); n != 0 {
			t.Errorf("%d users, want 0", n)
		}
	})
}

func TestParallelSignupsOfOneAddressMakeOneUser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		statuses := parallel(50, func(i int) int {
			email := "ann@example.com"
			if i%2 == 0 {
				email = "ANN@Example.com"
			}
			r, err := s.browser().try(http.MethodPost, "/api/users/signup", `{"email":"`+email+`","password":"correct horse"}`)
			if err != nil {
				return 0
			}
			return r.status
		})
		if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 49 {
			t.Errorf("statuses = %v, want one 201 and 49 times 409", statuses)
		}
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users, want 1", n)
		}
	})
}

// parallel calls f n times at once and counts the results.
func parallel(n int, f func(i int) int) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	results := map[int]int{}
	for i := range n {
		wg.Go(func() {
			result := f(i)
			mu.Lock()
			defer mu.Unlock()
			results[result]++
		})
	}
	wg.Wait()
	return results
}

func TestLoginTakesJSONAndForm(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.pass(time.Hour)
		s.browser().post("/api/users/login", `{"email":"ANN@example.com","password":"correct horse"}`).want(http.StatusOK)
		r := s.browser().post("/api/users/login", "email=ann%40example.com&password=correct+horse").want(http.StatusOK)
		if !strings.HasPrefix(r.body, `{"success":true,"data":{"id":1,"email":"ann@example.com","gender":null,"lastLogin":"2026-03-01T13:00:00Z","name":null,"role":"user","state":1`) {
			t.Errorf("body = %s", r.body)
		}
	})
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

func TestRefusedLoginsLookAlike(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.member("off@example.com")
		s.exec("UPDATE users SET state = 0 WHERE email = ?", "off@example.com")
		var first string
		for _, form := range []string{
			"email=ann@example.com&password=wrong+horse",
			"email=nobody@example.com&password=correct+horse",
			"email=off@example.com&password=correct+horse",
		} {
			r := s.browser().post("/api/users/login", form).want(http.StatusUnauthorized, "invalid_credentials")
			if m := r.failure().Message; m != "Error logged in" {
				t.Errorf("message = %q", m)
			}
			r.header.Del("X-Request-Id")
			r.header.Del("Date")
			look := requestID.ReplaceAllString(r.body, "") + fmt.Sprint(r.header)
			if first == "" {
				first = look
			}
			if look != first {
				t.Errorf("%s: %s\ndiffers from %s", form, look, first)
			}
		}
	})
}

func TestSignInChangesTheSessionID(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		old := b.cookie()
		b.login("ann@example.com").want(http.StatusOK)
		if b.cookie() == old {
			t.Error("the cookie is the same after a sign-in")
		}
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestFailedSignInLeavesTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		r := b.post("/api/users/login", "email=ann@example.com&password=wrong+horse").want(http.StatusUnauthorized)
		if len(r.header["Set-Cookie"]) > 0 {
			t.Error("a refused sign-in set a cookie")
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestUnknownSessionIDIsNeverAdopted(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		invented := strings.Repeat("A", 43)
		b := s.thief(invented)
		b.get("/api/users/me").want(http.StatusUnauthorized)
		b.login("ann@example.com").want(http.StatusOK)
		if b.cookie() == invented {
			t.Error("the invented id became a session")
		}
		s.thief(invented).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestLogoutEndsTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		old := b.cookie()
		r := b.post("/api/users/logout", "").want(http.StatusOK)
		if r.body != `{"success":true,"message":"user logout successfully"}` {
			t.Errorf("body = %s", r.body)
		}
		if got := r.header.Get("Set-Cookie"); got != "gatehouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" {
			t.Errorf("Set-Cookie = %q", got)
		}
		if got := r.header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("Clear-Site-Data = %q", got)
		}
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions, want 0", n)
		}
	})
}

func TestLogoutAnswersSuccessToAnybody(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().post("/api/users/logout", "").want(http.StatusOK)
		s.browser().post("/api/users/logout", "", "Content-Type", "text/plain").want(http.StatusOK)
		s.thief("rubbish").post("/api/users/logout", "{}").want(http.StatusOK)
		s.browser().post("/api/users/logout", "scope=everything").want(http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestADisabledUsersLogoutHoldsWhenTheyAreEnabledAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		old := b.cookie()
		s.exec("UPDATE users SET state = 0")
		b.post("/api/users/logout", "").want(http.StatusOK)
		s.exec("UPDATE users SET state = 1")
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestLogoutScopes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		here, there := s.member("ann@example.com"), s.browser()
		there.login("ann@example.com").want(http.StatusOK)
		stranger := s.member("bob@example.com")

		r := here.post("/api/users/logout", "scope=others").want(http.StatusOK)
		if len(r.header["Set-Cookie"]) > 0 {
			t.Error("scope others touched the cookie")
		}
		here.get("/api/users/me").want(http.StatusOK)
		there.get("/api/users/me").want(http.StatusUnauthorized)

		there.login("ann@example.com").want(http.StatusOK)
		here.post("/api/users/logout", "scope=global").want(http.StatusOK)
		there.get("/api/users/me").want(http.StatusUnauthorized)
		stranger.get("/api/users/me").want(http.StatusOK)
	})
}

func TestSessionCapHoldsUnderParallelLogins(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		statuses := parallel(50, func(int) int {
			r, err := s.browser().try(http.MethodPost, "/api/users/login", "email=ann@example.com&password=correct+horse")
			if err != nil {
				return 0
			}
			return r.status
		})
		if statuses[http.StatusOK] != 50 {
			t.Errorf("statuses = %v, want 50 times 200", statuses)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 10 {
			t.Errorf("%d sessions, want 10", n)
		}
	})
}

func TestTheOldestSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		first := s.member("ann@example.com")
		s.pass(time.Second)
		second := s.browser()
		second.login("ann@example.com")
		for range 9 {
			s.pass(time.Second)
			s.browser().login("ann@example.com").want(http.StatusOK)
		}
		first.get("/api/users/me").want(http.StatusUnauthorized)
		second.get("/api/users/me").want(http.StatusOK)
	})
}

func TestPasswordChangedDuringSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		other, err := bcrypt.GenerateFromPassword([]byte("other horse"), 4)
		if err != nil {
			t.Fatal(err)
		}
		var once sync.Once
		s.afterVerify = func() {
			once.Do(func() { s.exec("UPDATE users SET password = ? WHERE email = ?", string(other), "ann@example.com") })
		}
		s.browser().login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 1 {
			t.Errorf("%d sessions, want the one of the sign-up", n)
		}
	})
}

func TestUserDisabledDuringSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		var once sync.Once
		s.afterVerify = func() {
			once.Do(func() { s.exec("UPDATE users SET state = 2 WHERE email = ?", "ann@example.com") })
		}
		s.browser().login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
	})
}

func TestRowsOfOtherPrograms(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		hash, err := bcrypt.GenerateFromPassword([]byte("correct horse"), 4)
		if err != nil {
			t.Fatal(err)
		}
		insert := func(email, password string, key any) {
			s.exec("INSERT INTO users (email, password, role, state, gh_email_key) VALUES (?, ?, ?, ?, ?)", email, password, "user", 1, key)
		}
		insert("Old@Example.com", string(hash), nil)
		insert("moved@example.com", string(hash), "stale@example.com")
		insert("twice@example.com", string(hash), nil)
		insert("TWICE@example.com", string(hash), nil)
		insert("plain@example.com", "correct horse", nil)

		s.browser().login("old@example.com").want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM users WHERE gh_email_key = ?", "old@example.com"); n != 1 {
			t.Error("the key was not filled in at sign-in")
		}
		s.browser().login("stale@example.com").want(http.StatusUnauthorized)
		s.browser().login("moved@example.com").want(http.StatusOK)
		s.browser().post("/api/users/signup", "email=stale@example.com&password=correct+horse").want(http.StatusCreated)
		s.browser().login("twice@example.com").want(http.StatusUnauthorized)
		s.browser().post("/api/users/signup", "email=twice@example.com&password=correct+horse").want(http.StatusConflict)
		s.browser().login("plain@example.com").want(http.StatusUnauthorized)
	})
}

func TestAnotherSpellingOfAnUnkeyedRowIsTaken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if s.conn.Engine() == db.MySQL {
			s.exec("ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
		}
		for _, email := range []string{"Bob@Example.com", " lead@example.com", "pad@example.com ", "eve@b\u00fccher.example"} {
			s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", email, "x", "user", 1)
		}
		for _, email := range []string{"bob@example.com", "BOB@example.com", "lead@example.com", "pad@example.com", "eve@xn--bcher-kva.example", "EVE@B\u00dcCHER.example"} {
			r := s.browser().post("/api/users/signup", `{"email":"`+email+`","password":"correct horse"}`)
			if r.status != http.StatusConflict {
				t.Errorf("%s: status = %d, want 409", email, r.status)
			}
		}
	})
}

func TestAUsedIDNeverOpensTheSessionsOfItsFormerOwner(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		old := s.member("ann@example.com").cookie()
		s.exec("DELETE FROM users")
		if s.conn.Engine() == db.MySQL {
			s.exec("ALTER TABLE users AUTO_INCREMENT = 1")
		} else {
			s.exec("DELETE FROM sqlite_sequence")
		}
		if u := data[user.User](s.member("bob@example.com").get("/api/users/me")); u.ID != 1 {
			t.Fatalf("id = %d: the id was not used again", u.ID)
		}
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestStaleKeyGivesWayToTheRightfulOwner(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.exec("UPDATE users SET email = ? WHERE email = ?", "gone@example.com", "ann@example.com")
		s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		s.browser().login("gone@example.com").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestCheaperHashIsReplacedAtSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		s := newSite(t, conn, &options{edit: func(c *config.Settings) { c.BcryptCost = "5" }})
		s.member("ann@example.com")
		cheap, err := bcrypt.GenerateFromPassword([]byte("correct horse"), 4)
		if err != nil {
			t.Fatal(err)
		}
		s.exec("UPDATE users SET password = ?", string(cheap))
		s.browser().login("ann@example.com").want(http.StatusOK)
		var stored string
		_ = s.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&stored) }, "SELECT password FROM users")
		if cost, err := bcrypt.Cost([]byte(stored)); err != nil || cost != 5 {
			t.Errorf("cost = %d (%v), want 5", cost, err)
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestPasswordsAreTakenExactly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i, p := range []string{
			strings.Repeat("🐎", 64), " spaces stay ", strings.Repeat("a", 72), strings.Repeat("a", 73), strings.Repeat("b", 1024), "just lower case",
		} {
			email := fmt.Sprintf("user%d@example.com", i)
			s.browser().post("/api/users/signup", `{"email":"`+email+`","password":"`+p+`"}`).want(http.StatusCreated)
			s.browser().post("/api/users/login", `{"email":"`+email+`","password":"`+p+`"}`).want(http.StatusOK)
			runes := []rune(p)
			for _, wrong := range []string{string(runes[:len(runes)-1]) + "x", p + "x", strings.TrimSpace(p) + " "} {
				if wrong == p {
					continue
				}
				s.browser().post("/api/users/login", `{"email":"`+email+`","password":"`+wrong+`"}`).want(http.StatusUnauthorized)
			}
		}
		s.browser().post("/api/users/signup", `{"email":"x@example.com","password":"`+strings.Repeat("b", 1025)+`"}`).want(http.StatusUnprocessableEntity, "weak_password")
		s.browser().post("/api/users/signup", `{"email":"x@example.com","password":"seven77"}`).want(http.StatusUnprocessableEntity, "weak_password")
	})
}

package controllers

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/adoption"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

var testMarks = must(secret.NewMarks(account.AdoptedPasswords, [][]byte{[]byte("a secret of the tests, of more than 32 bytes")}))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// oldText is what the older program keeps of a user whom adopt has made a hash for, and alike are texts that the
// collation of our tables on MySQL takes for the same.
const oldText = "Pässwörd of old"

var alike = []string{"pässwörd of old", "Pässwörd of old ", "Passwörd of old", "PASSWORD OF OLD"}

// eachOld runs a test with a user of an older program, whose password has been adopted.
func eachOld(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	each(t, func(t *testing.T, s *site) {
		s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "ann@example.com", oldText, "user", 1)
		s.adopt()
		test(t, s)
	})
}

// adopt runs as the command does.
func (s *site) adopt() {
	s.t.Helper()
	pool := password.NewPool(password.Options{Cost: 4, Workers: 1})
	pool.Start()
	defer func() { _ = pool.Close(context.Background()) }()
	ctx := context.Background()
	a := adoption.New(s.conn.DB, pool, 1, testMarks, adoption.Plan{}, func(context.Context, db.Querier) error { return nil })
	if err := a.Begin(ctx, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	if _, err := a.Adopt(ctx, func(int) {}); err != nil {
		s.t.Fatal(err)
	}
}

// ann is the user of the older program, as she is now.
func (s *site) ann() user.Stored {
	s.t.Helper()
	u, err := user.In(s.conn).Find(context.Background(), 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func annWith(plain string) string {
	return url.Values{"email": {"ann@example.com"}, "password": {plain}}.Encode()
}

// wantIn checks every way to sign in.
func (s *site) wantIn(plain string, want bool) {
	s.t.Helper()
	for path, status := range map[string]int{"/api/users/login": http.StatusOK, "/auth/login": http.StatusOK} {
		if !want {
			status = http.StatusUnauthorized
		}
		b := s.browser()
		if r := b.post(path, annWith(plain)); r.status != status || (b.cookie() != "") != (want && path != "/auth/login") {
			s.t.Errorf("%s with %q: %d, cookie %q, want %d", path, plain, r.status, b.cookie(), status)
		}
	}
}

// anns is a browser in which she has signed in.
func (s *site) anns() *browser {
	s.t.Helper()
	b := s.browser()
	b.post("/api/users/login", annWith(oldText)).want(http.StatusOK)
	return b
}

func TestAnAdoptedUserSignsInEverywhereAndTheOldProgramGoesOn(t *testing.T) {
	eachOld(t, func(t *testing.T, s *site) {
		made := s.ann().OwnHash
		s.wantIn(oldText, true)
		for _, wrong := range append([]string{made, "battery staple"}, alike...) {
			s.wantIn(wrong, false)
		}
		b, other := s.anns(), s.anns()
		b.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized, "invalid_credentials")
		b.post("/api/users/reauthenticate", annWith(oldText)).want(http.StatusOK)
		h := &holder{browser: s.browser()}
		h.take(h.post("/auth/login", annWith(oldText)).want(http.StatusOK))
		h.ask(http.MethodPost, "/api/users/reauthenticate", annWith(oldText)).want(http.StatusOK)
		other.get("/api/users/me").want(http.StatusOK) // only another password ends it
		h.me().want(http.StatusOK)
		if u := s.ann(); u.Password != oldText || u.OwnHash != made {
			t.Errorf("password %q, own hash %q, want both as they were", u.Password, u.OwnHash)
		}
	})
}

func TestACheapAdoptedHashIsMadeAnewWhereItStands(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.BcryptCost = "5" }}, func(t *testing.T, s *site) {
		s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "ann@example.com", oldText, "user", 1)
		s.adopt()
		for range 2 {
			s.wantIn(oldText, true)
			u := s.ann()
			if cost, _ := password.Cost(u.OwnHash); cost != 5 || u.Password != oldText {
				t.Errorf("own hash of cost %d beside %q, want 5 beside the old text", cost, u.Password)
			}
		}
	})
}

func TestAPasswordThatTheOldProgramChangesWaitsForTheNextRun(t *testing.T) {
	for _, next := range append([]string{"battery staple", ""}, alike...) {
		eachOld(t, func(t *testing.T, s *site) {
			b := s.anns()
			s.exec("UPDATE users SET password = ?", next)
			s.wantIn(oldText, false)
			b.post("/api/users/reauthenticate", annWith(oldText)).want(http.StatusUnauthorized, "invalid_credentials")
			change := url.Values{"currentPassword": {oldText}, "newPassword": {"battery staple 2"}}
			b.post("/api/users/password", change.Encode()).want(http.StatusUnprocessableEntity, "validation_failed")
			if next != "" {
				s.wantIn(next, false)
				b.post("/api/users/reauthenticate", annWith(next)).want(http.StatusUnauthorized, "invalid_credentials")
			}
			if got := s.ann().Password; got != next {
				t.Fatalf("password = %q, want %q, as the old program left it", got, next)
			}

			s.adopt()
			s.wantIn(oldText, false)
			if next != "" {
				s.wantIn(next, true)
				b.post("/api/users/reauthenticate", annWith(next)).want(http.StatusOK)
			}
		})
	}
}

func TestAPasswordChangedHereStaysWhateverAdoptDoes(t *testing.T) {
	eachOld(t, func(t *testing.T, s *site) {
		b, other := s.anns(), s.anns()
		wrong := url.Values{"currentPassword": {alike[0]}, "newPassword": {"battery staple"}}
		b.post("/api/users/password", wrong.Encode()).want(http.StatusUnprocessableEntity, "validation_failed")
		change := url.Values{"currentPassword": {oldText}, "newPassword": {"battery staple"}}
		b.post("/api/users/password", change.Encode()).want(http.StatusOK)
		for range 2 {
			u := s.ann()
			if bcrypt.CompareHashAndPassword([]byte(u.Password), []byte("battery staple")) != nil || u.OwnHash != "" || u.OwnMark != nil {
				t.Fatalf("password %q, own hash %q, mark %x, want bcrypt alone", u.Password, u.OwnHash, u.OwnMark)
			}
			s.wantIn("battery staple", true)
			s.wantIn(oldText, false)
			s.adopt()
		}
		b.get("/api/users/me").want(http.StatusOK)
		other.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
	})
}

func TestAPasswordIsChangedByTokenToo(t *testing.T) {
	eachOld(t, func(t *testing.T, s *site) {
		h := &holder{browser: s.browser()}
		h.take(h.post("/auth/login", annWith(oldText)).want(http.StatusOK))
		change := url.Values{"currentPassword": {oldText}, "newPassword": {"battery staple"}}
		h.ask(http.MethodPost, "/api/users/password", change.Encode()).want(http.StatusOK)
		h.wantOut("the family that changed it")
		if u := s.ann(); password.FormatOf(u.Password) != password.Bcrypt || u.OwnHash != "" || u.OwnMark != nil {
			t.Errorf("password %q, own hash %q, mark %x, want bcrypt alone", u.Password, u.OwnHash, u.OwnMark)
		}
		s.wantIn("battery staple", true)
		s.wantIn(oldText, false)
	})
}

// Who can write into the table, but does not know the server's secret, signs in as nobody else.
func TestAHashOfAnotherRowSignsNobodyIn(t *testing.T) {
	eachOld(t, func(t *testing.T, s *site) {
		s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "eve@example.com", "eves password", "user", 1)
		s.adopt()
		eve, err := user.In(s.conn).Find(context.Background(), 2)
		if err != nil {
			t.Fatal(err)
		}
		s.exec("UPDATE users SET gh_hash = ?, gh_hash_of = ? WHERE id = 1", eve.OwnHash, eve.OwnMark)
		s.wantIn("eves password", false)
		s.wantIn(oldText, false)
		s.exec("UPDATE users SET password = ? WHERE id = 1", eve.Password) // all that she has
		s.wantIn("eves password", false)
		s.adopt()
		s.wantIn("eves password", true) // which is what the old program would do too
		s.exec("UPDATE users SET password = ?, gh_hash = ?, gh_hash_of = ? WHERE id = 1", oldText, testHash(t, "forged horse"), make([]byte, 32))
		s.wantIn("forged horse", false)
		s.wantIn(oldText, false)
	})
}

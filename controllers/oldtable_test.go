package controllers

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/user"
)

func TestRowsOfOtherPrograms(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		hash := testHash(t, "correct horse")
		insert := func(email, password string, key any) {
			s.exec("INSERT INTO users (email, password, role, state, gh_email_key) VALUES (?, ?, ?, ?, ?)", email, password, "user", 1, key)
		}
		insert("Old@Example.com", hash, nil)
		insert("moved@example.com", hash, "stale@example.com")
		insert("twice@example.com", hash, nil)
		insert("TWICE@example.com", hash, nil)
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
		for _, email := range []string{"Bob@Example.com", " lead@example.com", "pad@example.com ", "eve@b\u00fccher.example", "\u00c4NN@example.com", "a\u0308b@example.com", "dan@B\u00dcRO.example", "\ttab@example.com"} {
			s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", email, "x", "user", 1)
		}
		for _, email := range []string{"bob@example.com", "BOB@example.com", "lead@example.com", "pad@example.com", "eve@xn--bcher-kva.example", "EVE@B\u00dcCHER.example", "\u00e4nn@example.com", "\u00e4b@example.com", "dan@b\u00fcro.example", "tab@example.com"} {
			r := s.browser().post("/api/users/signup", `{"email":"`+email+`","password":"correct horse"}`)
			if r.status != http.StatusConflict {
				t.Errorf("%s: status = %d, want 409", email, r.status)
			}
		}
	})
}

func TestAnAddressThatTheColumnCannotHoldInAllSpellings(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if s.conn.Engine() == db.MySQL {
			s.exec("ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET latin1 NOT NULL")
		}
		hash := testHash(t, "correct horse")
		s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "ann@xn--r8jz45g.example", hash, "user", 1)
		s.browser().post("/api/users/signup", "email=ann@xn--r8jz45g.example&password=correct+horse").want(http.StatusConflict)
		s.browser().login("ann@xn--r8jz45g.example").want(http.StatusOK)
		s.browser().login("ann@\u4f8b\u3048.example").want(http.StatusOK)
	})
}

func TestAColumnOfTheOperatorsIsNotTheVisitorsMistake(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if s.conn.Engine() == db.MySQL {
			s.exec("ALTER TABLE users ADD COLUMN tenant_id INT NOT NULL")
		} else {
			s.exec("CREATE TRIGGER tenant BEFORE INSERT ON users BEGIN INSERT INTO tenants (id) VALUES (NULL); END")
			s.exec("CREATE TABLE tenants (id INTEGER NOT NULL, CONSTRAINT tenant CHECK (id > 0))")
		}
		r := s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusInternalServerError, "internal")
		if strings.Contains(r.body, "tenant") || !strings.Contains(s.log.String(), "tenant") {
			t.Errorf("body %s\nlog %s", r.body, s.log)
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
	eachWith(t, &options{edit: func(c *config.Settings) { c.BcryptCost = "5" }}, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		cheap := testHash(t, "correct horse")
		s.exec("UPDATE users SET password = ?", cheap)
		s.browser().login("ann@example.com").want(http.StatusOK)
		var stored string
		_ = s.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&stored) }, "SELECT password FROM users")
		if cost, err := bcrypt.Cost([]byte(stored)); err != nil || cost != 5 {
			t.Errorf("cost = %d (%v), want 5", cost, err)
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestAValueThatAnOldColumnCannotHold(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if s.conn.Engine() != db.MySQL {
			return // SQLite's columns have no width
		}
		s.exec("ALTER TABLE users MODIFY name VARCHAR(5) NULL, MODIFY gender ENUM('m','f') NULL")
		b := s.member("ann@example.com")
		for _, body := range []string{`{"name":"Annabel"}`, `{"gender":"x"}`} {
			r := b.send("PATCH", "/api/users/me", body).want(http.StatusUnprocessableEntity, "validation_failed")
			if len(r.failure().Fields) != 1 {
				t.Errorf("fields = %v", r.failure().Fields)
			}
		}
		s.browser().post("/api/users/signup", `{"email":"bob@example.com","password":"correct horse","name":"Robert"}`).want(http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestAnOldColumnThatMustNotBeEmpty(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if s.conn.Engine() == db.MySQL {
			s.exec("ALTER TABLE users MODIFY gender VARCHAR(20) NOT NULL")
		} else {
			s.exec("DROP TABLE users")
			s.exec("CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT, password TEXT, gender TEXT NOT NULL, lastLogin DATETIME, " +
				"name TEXT, role TEXT, state INTEGER, gh_email_key TEXT UNIQUE, gh_email_verified INTEGER, gh_admin INTEGER, gh_revision INTEGER, gh_created INTEGER, gh_hash TEXT, gh_hash_of BLOB, gh_applied INTEGER)")
		}
		r := s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusUnprocessableEntity, "validation_failed")
		if r.failure().Fields["gender"] == "" {
			t.Errorf("fields = %v", r.failure().Fields)
		}
		s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse&gender=f").want(http.StatusCreated)
	})
}

func TestARoleColumnThatCannotHoldOursIsNoServerError(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if s.conn.Engine() != db.MySQL {
			return // SQLite's columns hold anything
		}
		s.exec("ALTER TABLE users MODIFY role INT NULL")
		r := s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusUnprocessableEntity, "validation_failed")
		if r.failure().Fields["role"] == "" {
			t.Errorf("fields = %v", r.failure().Fields)
		}
	})
}

func TestAStateThatIsNoNumberIsNotActive(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		if s.conn.Engine() == db.MySQL {
			s.exec("ALTER TABLE users MODIFY state VARCHAR(20) NULL")
		}
		for _, state := range []any{"on", "1x", ""} {
			s.exec("UPDATE users SET state = ?", state)
			b.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
			s.browser().login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
		}
	})
}

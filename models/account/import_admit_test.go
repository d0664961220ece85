package account

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/transfer"
	"gatehouse/models/user"
)

func TestRulesForPersonsAreThoseOfUsers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		with := func(change func(*transfer.Person)) transfer.Person {
			p := transfer.Person{Line: 1, Email: "a@example.com", Password: readyHash}
			change(&p)
			return p
		}
		for _, test := range []struct {
			person transfer.Person
			want   string
		}{
			{with(func(p *transfer.Person) { p.Email = "a" }), "1 refused email must be an e-mail address"},
			{with(func(p *transfer.Person) { p.Email = " " }), "1 refused email is required"},
			{with(func(p *transfer.Person) { p.Email = "a\x00@example.com" }), "1 refused email must be an e-mail address"},
			{with(func(p *transfer.Person) { p.Name = ptr("a\x00") }), "1 refused name must not contain control characters"},
			{with(func(p *transfer.Person) {
				p.Name, p.Gender = ptr(strings.Repeat("n", 101)), ptr(strings.Repeat("g", 21))
			}), "1 refused gender is too long; name is too long"},
			{with(func(p *transfer.Person) { p.Role = ptr("") }), "1 refused role is required"},
			{with(func(p *transfer.Person) { p.Role = ptr("Admin") }), "1 refused role must be written admin"},
			{with(func(p *transfer.Person) { p.Admin = ptr(true) }), "1 refused admin is true, but the role is not admin"},
			{with(func(p *transfer.Person) { p.Password = "secret" }), "1 refused password is not a hash that Gatehouse knows; if it is plain text, --plaintext hashes it"},
			{with(func(p *transfer.Person) { p.Password = "5ebe2294ecd0e0f08eab7690d2a6ee69" }), "1 refused password looks like MD5 or SHA in hex, which cannot be imported; set a new password"},
			{with(func(p *transfer.Person) { p.Password = "$2b$31$abc" }), "1 refused password looks like a hash that is damaged, too costly to check, or of an unknown kind"},
		} {
			wantLines(t, fmt.Sprintf("%+v", test.person), take(t, startImport(t, a, ImportOptions{}), test.person), []string{test.want})
		}
	})
}

func TestPlainTextIsHashedOnlyWhereAskedAndOnlyWhatIsNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, r := newAccounts(t, conn, 4)
		persons := []transfer.Person{
			{Line: 1, Email: "a@example.com", Password: "x"},                                 // short, but people keep theirs
			{Line: 2, Email: "b@example.com", Password: strings.Repeat("long ", 100) + "\t"}, // taken exactly
			{Line: 3, Email: "c@example.com", Password: readyHash},
			{Line: 4, Email: "d@example.com"},
			{Line: 5, Email: "e@example.com", Password: "5ebe2294ecd0e0f08eab7690d2a6ee69"},
			{Line: 6, Email: "f@example.com", Password: "$2b$31$abc"},
			{Line: 7, Email: "g@example.com", Password: strings.Repeat("x", password.MaxBytes+1)},
			{Line: 8, Email: "h@example.com", Password: "a\x00b"},
			{Line: 9, Email: "i@example.com", Password: "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		}
		want := []string{
			"1 added", "2 added", "3 added", "4 added", "5 refused password looks like MD5 or SHA in hex, which cannot be imported; set a new password",
			"6 refused password looks like a hash that is damaged, too costly to check, or of an unknown kind",
			"7 refused password must have at most 1024 bytes", "8 refused password must be valid text", "9 added",
		}
		r.busyHasher = true // a dry run hashes nothing
		wantLines(t, "dry run", take(t, startImport(t, a, ImportOptions{Plaintext: true, DryRun: true}), persons...), want)
		r.busyHasher = false
		wantLines(t, "outcomes", take(t, startImport(t, a, ImportOptions{Plaintext: true}), persons...), want)
		for i, plain := range map[int]string{0: persons[0].Password, 1: persons[1].Password} {
			if _, err := signIn(a, persons[i].Email, plain, Visitor{}); err != nil {
				t.Errorf("sign-in of %s: %v", persons[i].Email, err)
			}
		}
		for i, plain := range []string{"X", "x", "x", "x"} {
			if _, err := signIn(a, persons[i].Email, plain, Visitor{}); (err == nil) != (plain == "x" && i == 0) {
				t.Errorf("sign-in of %s with %q: %v", persons[i].Email, plain, err)
			}
		}
		stored := map[string]string{}
		err := user.In(conn.DB).ListStored(context.Background(), func(u user.Stored) error { stored[u.Email] = u.Password; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if stored["c@example.com"] != readyHash || stored["d@example.com"] != "" {
			t.Errorf("a ready hash became %q, none became %q", stored["c@example.com"], stored["d@example.com"])
		}
		if got := stored["i@example.com"]; !strings.HasPrefix(got, "$pbkdf2-sha256$1000$") {
			t.Errorf("a hash as other programs spell it became %q", got)
		}
		// Run again, nothing is hashed: that would take hours for nothing.
		r.busyHasher = true
		again := take(t, startImport(t, a, ImportOptions{Plaintext: true}), persons[:4]...)
		wantLines(t, "again", again, []string{"1 present", "2 present", "3 present", "4 present"})
		if _, err := startImport(t, a, ImportOptions{Plaintext: true}).Take(context.Background(), []transfer.Person{{Line: 1, Email: "z@example.com", Password: "zzz"}}); err == nil {
			t.Error("a password that could not be hashed is no error")
		}
	})
}

func TestOnlyTheOperatorMakesAdmins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		for _, admins := range []bool{false, true} {
			exec(t, conn, "DELETE FROM users")
			persons := []transfer.Person{
				{Email: "a@example.com", Role: ptr("admin")},
				{Email: "b@example.com", Role: ptr("admin"), Admin: ptr(true)},
				{Email: "c@example.com", Role: ptr("admin"), Admin: ptr(false)},
				{Email: "d@example.com", Role: ptr("editor"), Admin: ptr(false)},
				{Email: "e@example.com"},
			}
			outcomes, err := startImport(t, a, ImportOptions{Admins: admins}).Take(ctx, persons)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range []bool{admins, admins, false, false, false} {
				u, err := a.Lookup(ctx, persons[i].Email)
				if err != nil || u.Admin != want || outcomes[i].Admin != want || outcomes[i].AdminRole != (i < 3) {
					t.Errorf("--admins %v: %s is an admin: %v, told %v, %v, want %v", admins, persons[i].Email, u.Admin, outcomes[i].Admin, err, want)
				}
			}
		}
	})
}

func TestAnIDNearTheEndOfItsColumnIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		near, far := someone(1, "near@example.com"), someone(2, "far@example.com")
		near.ID, far.ID = 2147483647, 1_900_000_000
		wantLines(t, "outcomes", take(t, startImport(t, a, ImportOptions{MaxID: 2147483647}), near, far),
			[]string{"1 refused id is too near the largest that the table can hold", "2 added"})
		signUp(t, a, "ann@example.com", Visitor{})
	})
}

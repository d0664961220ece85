package commands_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// oldTable is a users table that an older program made, and the settings with which commands reach it.
type oldTable struct {
	office
	site
	engine db.Engine
}

// eachOldTable runs a test with an empty table of an older program, which Gatehouse has not seen yet.
func eachOldTable(t *testing.T, test func(t *testing.T, o *oldTable)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(string(engine), func(t *testing.T) {
			databaseURL := dbtest.EmptyURL(t, engine)
			s := newSite(t, databaseURL)
			execute(t, databaseURL, pieces(engine).Replace("CREATE TABLE users ({id}, email VARCHAR(50), password TEXT, {profile}, salt VARCHAR(100))"))
			test(t, &oldTable{office{t: t, env: s.env, databaseURL: databaseURL}, s, engine})
		})
	}
}

// eachAdopted runs a test with a table that is up to date and in which ann's and ben's plain texts have been adopted.
func eachAdopted(t *testing.T, test func(t *testing.T, o *oldTable)) {
	t.Helper()
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("ann@example.com", "anns old password")
		o.add("ben@example.com", "bens old password")
		run(t, o.office.env, "migrate", "up").want(0)
		run(t, o.office.env, "adopt").want(0, "2  passwords hashed")
		test(t, o)
	})
}

func (o *oldTable) exec(query string, args ...any) {
	o.t.Helper()
	conn := dbtest.OpenURL(o.t, o.databaseURL)
	defer conn.Close()
	if _, err := conn.Exec(context.Background(), query, args...); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
}

// add inserts a row as the older program does.
func (o *oldTable) add(email, text string) {
	o.t.Helper()
	o.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, 'user', 1)", email, text)
}

// column are the texts of a column, "" for NULL, in the order of the ids.
func (o *oldTable) column(name string) (texts []string) {
	o.t.Helper()
	conn := dbtest.OpenURL(o.t, o.databaseURL)
	defer conn.Close()
	err := conn.Query(context.Background(), func(r db.Row) error {
		var text sql.NullString
		err := r.Scan(&text)
		texts = append(texts, text.String)
		return err
	}, "SELECT "+name+" FROM users ORDER BY id")
	if err != nil {
		o.t.Fatal(err)
	}
	return texts
}

// secrets are all passwords and hashes that stand in the table.
func (o *oldTable) secrets() (texts []string) {
	o.t.Helper()
	texts = o.column("password")
	if count(o.t, o.databaseURL, "SELECT COUNT(*) FROM users WHERE id > 0") > 0 && o.upToDate() {
		texts = append(texts, o.column("gh_hash")...)
	}
	return texts
}

func (o *oldTable) upToDate() bool {
	return strings.Contains(strings.Join(tables(o.t, o.databaseURL), "\n"), "gh_hash")
}

// says runs adopt, checks all that it prints, and that this holds no password and no hash.
func (o *oldTable) says(code int, want string, args ...string) {
	o.t.Helper()
	o.saysAfter("", code, want, args...)
}

func (o *oldTable) saysAfter(typed string, code int, want string, args ...string) {
	o.t.Helper()
	o.checked(enter(o.t, typed, o.office.env, append([]string{"adopt"}, args...)...), code, want)
}

func (o *oldTable) checked(got outcome, code int, want string) {
	o.t.Helper()
	want = strings.Trim(pieces(o.engine).Replace(want), "\n")
	if shown := got.shown(); got.code != code || shown != want {
		o.t.Errorf("it ends with %d and prints\n%s\nwant %d and\n%s", got.code, shown, code, want)
	}
	for _, text := range o.secrets() {
		if len(text) > 3 && strings.Contains(got.stdout+got.stderr, text) {
			o.t.Errorf("it prints the password or hash %q", text)
		}
	}
}

// mixture has a row of each kind.
func (o *oldTable) mixture() {
	o.t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("cyds old password"), 5)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, row := range [][2]string{
		{"ann@example.com", "anns old password"},
		{"ben@example.com", "bens old password"},
		{"cyd@example.com", string(hash)},
		{"dan@example.com", "{BLF-CRYPT}" + string(hash)},
		{"eve@example.com", strings.Repeat("0a", 16)},
		{"fay@example.com", "{SSHA}" + strings.Repeat("Az", 16)},
		{"gus@example.com", ""},
		{"no address", "an old password"},
		{"twice@example.com", "one old password"},
		{"twice@example.com", "other old password"},
		{"long@example.com", strings.Repeat("long ", 205)},
	} {
		o.add(row[0], row[1])
	}
	o.exec("UPDATE users SET role = 'admin' WHERE id = 1")
	o.exec("UPDATE users SET role = 'Admin' WHERE id = 3")
	o.exec("UPDATE users SET state = 0 WHERE id = 2")
}

func TestAnAdoptionIsToldFromTheFirstLookToTheEnd(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.mixture()
		o.says(0, o.look(firstLook)+"\nBefore adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.", "--dry-run")
		o.says(1, "gatehouse: the tables are not up to date (15 migrations are pending); start the server, or run 'gatehouse migrate up'")
		run(t, o.office.env, "migrate", "up").want(0)
		o.says(0, "       5  passwords hashed\n       1  hash of another program rewritten for Gatehouse\n"+
			"       8  addresses prepared for lookup\n"+undecided+out+admins+"{adopted}")
		o.says(0, o.look(secondLook), "--dry-run")
		o.says(1, undecided+out+refusedFinish, "--finish", "--yes")
		o.says(0, "       1  old hash wrapped in bcrypt\n"+out+admins+"{adopted}", "--format", "md5")
		o.says(0, "There was nothing to hash.\nRows that were adopted before stay so, whatever the flags are now: --undo first, if they were wrong.\n"+
			out+admins+"{adopted}", "--format", "md5")
		o.says(0, "There was nothing to hash.\n"+out+admins+"{adopted}")
		o.says(1, out+refusedFinish, "--finish", "--yes")
		o.says(0, "There was nothing to hash.\nMoved 7 hashes into password: a program that compares plain text signs nobody in any more.\n"+out,
			"--finish", "--yes", "--leave-undecided")
		const over = "gatehouse: no adoption is open: 'gatehouse adopt' begins one"
		o.says(1, over, "--finish", "--yes")
		o.says(1, over, "--undo")
		o.says(0, o.look(lastLook), "--dry-run")
	})
}

// look is all that --dry-run prints.
func (o *oldTable) look(passwords string) string {
	storage := map[db.Engine]string{db.MySQL: " (innodb, text for passwords in utf8mb4)"}[o.engine]
	return "The table users at DATABASE" + storage + `

      11  users
       1  with a state other than 1: disabled, and they stay so
       1  without a valid e-mail address: they cannot sign in
       2  share an address with another row; until that is resolved they are refused, or only one of them gets in: twice@example.com
       1  with the role admin, and no admins of Gatehouse unless you say so (--admins): 1 ann@example.com

Passwords` + passwords + `
Nothing was changed.`
}

const (
	undecided = "       1  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 5\n"
	out       = "       2  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 6, 11\n" +
		"       1  without a password: they cannot sign in: ids 7\n"
	admins = "Users whose role is admin: 1; made admins of Gatehouse: 0. More: 'gatehouse users role ID admin', or --admins.\n"

	refusedFinish = "gatehouse: some passwords could be hashes or plain text, or are nothing that signs in: say what they are with --format, " +
		"or leave them as they are with --leave-undecided; 'gatehouse adopt --dry-run' counts them"

	firstLook = `
       1  MD5 or SHA in hex
       1  bcrypt
       1  empty
       1  other known hash
       6  plain text
       1  unknown or damaged hash

What adopt would do
       6  to hash; about TIME here (TIME each, N at once)
` + undecided + out

	secondLook = `
       1  MD5 or SHA in hex
       1  bcrypt
       1  empty
       1  other known hash
       6  plain text
       1  unknown or damaged hash

What adopt would do
       6  hashed already, with the old text still beside it
` + undecided + out

	lastLook = `
       7  bcrypt
       1  empty
       1  plain text
       1  unknown or damaged hash
       1  wrapped old hash

What adopt would do
` + out
)

func TestMoreRowsThanAreNamedAreCounted(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		for i := range 12 {
			o.add(fmt.Sprintf("u%d@example.com", i), "")
		}
		run(t, o.office.env, "migrate", "up").want(0)
		run(t, o.office.env, "adopt", "--dry-run").want(0, "      12  without a password: they cannot sign in: ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more\n")
	})
}

func TestAnUndoneAdoptionIsToldAndGoesBack(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.exec("UPDATE users SET password = 'changed by the old program' WHERE id = 2")
		o.says(0, `Forgot the hashes of 2 users. The column password is as the old program and its users left it.
Who was given a password at Gatehouse meanwhile has it there as bcrypt, so the old program does not sign them in.
The added columns and the width of password stay; they do no harm. Plain-text passwords sign in at Gatehouse only after another 'gatehouse adopt'.`,
			"--undo")
		if got := strings.Join(o.column("password"), ", "); got != "anns old password, changed by the old program" {
			t.Errorf("passwords = %s, want those of the old program", got)
		}
		if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL OR gh_hash_of IS NOT NULL"); n != 0 {
			t.Errorf("%d rows hold something of adopt, want none", n)
		}
		o.says(1, "gatehouse: no adoption is open: 'gatehouse adopt' begins one", "--undo")
		o.says(0, "       2  passwords hashed\n{adopted}")
		o.add("cyd@example.com", "cyds old password")
		o.says(0, "       1  password hashed\n       1  address prepared for lookup\nMoved 3 hashes into password: a program that compares plain text signs nobody in any more.", "--finish", "--yes")
	})
}

func TestTheEndOfAnAdoptionIsAskedFor(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		for _, answer := range []string{"", "\n", "no\n", "y\n"} {
			enter(t, answer, o.office.env, "adopt", "--finish").
				want(1, "Only a backup brings those back. Type yes:", "no hash was moved; --yes does not ask")
		}
		run(t, o.office.env, "adopt", "--finish").want(1, "no hash was moved")
		o.says(0, "There was nothing to hash.\n{adopted}")
		enter(t, "yes\n", o.office.env, "adopt", "--finish").want(0, "Moved 2 hashes into password")
	})
}

package migrations_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/migrations"
)

func TestEmailKeyIsUniqueByteForByteAndMayBeMissing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options, d *db.DB) {
		mustUp(t, o)
		for _, key := range []any{nil, nil, "jose@example.org", "josé@example.org", "jose@example.org "} {
			_, err := d.Exec(context.Background(), "INSERT INTO users (email, password, gh_email_key) VALUES ('same', 'x', ?)", key)
			if err != nil {
				t.Errorf("insert key %v: %v", key, err)
			}
		}
		_, err := d.Exec(context.Background(), "INSERT INTO users (email, password, gh_email_key) VALUES ('same', 'x', 'jose@example.org')")
		if !db.IsDuplicate(err) {
			t.Errorf("second row of one key = %v, want a duplicate", err)
		}
	})
}

const tutorialTable = `CREATE TABLE users (
	id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s "\\\\" none' COMMENT 'it''s secret',
	gender VARCHAR(10), lastLogin DATETIME DEFAULT '0000-00-00 00:00:00', name VARCHAR(50), role VARCHAR(20), state INT) ENGINE=InnoDB DEFAULT CHARSET=latin1`

func TestOldTableIsExtendedAndNoValueChanges(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options, d *db.DB) {
		create := tutorialTable
		if d.Engine() == db.SQLite {
			create = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL DEFAULT 'x',
				gender VARCHAR(10), lastLogin DATETIME DEFAULT '0000-00-00 00:00:00', name VARCHAR(50), role VARCHAR(20), state INT)`
		}
		mustExec(t, d, create,
			"INSERT INTO users (email, password, name, role, state) VALUES ('zoë@example.org', 'plain', 'Zoë', 'admin', 1)",
			"INSERT INTO users (email, password, lastLogin, state) VALUES ('twice@example.org', '', '2020-01-02 03:04:05', 0)",
			"INSERT INTO users (email, state) VALUES ('twice@example.org', NULL)")
		const before = "SELECT id, email, password, gender, lastLogin, name, role, state FROM users ORDER BY id"
		want := readAll(t, d, before, 8)

		report, err := migrations.Preflight(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Problems) > 0 {
			t.Fatalf("problems = %v, want none", report.Problems)
		}
		mustUp(t, o)
		if got := readAll(t, d, before, 8); !reflect.DeepEqual(got, want) {
			t.Errorf("rows = %v, want %v", got, want)
		}
		if got := readAll(t, d, "SELECT gh_email_key, gh_email_verified, gh_admin, gh_revision, gh_created, gh_hash, gh_hash_of FROM users WHERE gh_email_key IS NOT NULL", 7); got != nil {
			t.Errorf("our columns of old rows = %v, want NULL", got)
		}
	})
}

func TestPasswordIsWidenedAndKeepsTheRest(t *testing.T) {
	o, d := mysqlOnly(t)
	const definition = `SELECT column_type, character_set_name, collation_name, is_nullable, column_default, column_comment
		FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'password'`
	mustExec(t, d, tutorialTable)
	want := readAll(t, d, definition, 6)
	want[0][0] = "true:varchar(255)"
	mustUp(t, o)
	if got := readAll(t, d, definition, 6); !reflect.DeepEqual(got, want) {
		t.Errorf("password = %v, want %v", got, want)
	}
}

func TestPasswordThatIsWideEnoughIsLeftAlone(t *testing.T) {
	for _, typ := range []string{"varchar(300)", "text", "char(255)", "varbinary(255)"} {
		t.Run(typ, func(t *testing.T) {
			o, d := mysqlOnly(t)
			mustExec(t, d, strings.Replace(tutorialTable, `password VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s "\\\\" none' COMMENT 'it''s secret'`, "password "+typ, 1))
			mustUp(t, o)
			got := readAll(t, d, "SELECT column_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'password'", 1)
			if got[0][0] != "true:"+typ {
				t.Errorf("password = %v, want %s", got, typ)
			}
		})
	}
}

func TestPasswordOfBytesIsWidened(t *testing.T) {
	o, d := mysqlOnly(t)
	mustExec(t, d, `CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50), password VARBINARY(50) NOT NULL DEFAULT 0x7827,
		gender VARCHAR(10), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT)`)
	mustUp(t, o)
	got := readAll(t, d, "SELECT column_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'password'", 3)
	mustExec(t, d, "INSERT INTO users (email) VALUES ('ann@example.org')")
	if values := readAll(t, d, "SELECT password FROM users", 1); got[0][0] != "true:varbinary(255)" || got[0][1] != "true:NO" || values[0][0] != "true:x'" {
		t.Errorf("password = %v, its default gives %v", got, values)
	}
}

func TestPasswordThatMayBeNullStaysSo(t *testing.T) {
	for _, definition := range []string{"CHAR(32) NULL", "CHAR(32) NULL DEFAULT ''", "VARCHAR(32) NULL DEFAULT 'NULL'"} {
		t.Run(definition, func(t *testing.T) {
			o, d := mysqlOnly(t)
			mustExec(t, d, "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email TEXT, password "+definition+", gender TEXT, lastLogin DATETIME, name TEXT, role TEXT, state INT)")
			const shape = `SELECT is_nullable, column_default FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'password'`
			want := readAll(t, d, shape, 2)
			mustUp(t, o)
			if got := readAll(t, d, shape, 2); !reflect.DeepEqual(got, want) {
				t.Errorf("shape = %v, want %v", got, want)
			}
		})
	}
}

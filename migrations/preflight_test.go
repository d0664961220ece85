package migrations_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/migrations"
)

func TestPreflightListsEveryProblemWithTheStatementThatSolvesIt(t *testing.T) {
	o, d := mysqlOnly(t)
	mustExec(t, d,
		"CREATE TABLE users (id INT NOT NULL, e_mail VARCHAR(50), email VARCHAR(50), `pass-word` VARCHAR(50), last_login DATETIME DEFAULT '0000-00-00 00:00:00', name VARCHAR(50), state INT, gh_admin VARCHAR(5), gh_applied VARCHAR(5)) ENGINE=MyISAM",
		"CREATE TABLE sessions (session_id VARCHAR(128) PRIMARY KEY, expires INT UNSIGNED NOT NULL, data MEDIUMTEXT)")
	err := migrations.Up(context.Background(), o)
	pe, ok := errors.AsType[*migrations.PreflightError](err)
	if !ok {
		t.Fatalf("Up = %v, want a *PreflightError", err)
	}
	for _, want := range []string{
		"ALTER TABLE users ENGINE=InnoDB;", " NOT NULL AUTO_INCREMENT, ADD PRIMARY KEY (id);",
		"ADD COLUMN lastLogin DATETIME NULL;", "RENAME COLUMN `pass-word` TO password;", "sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO'", "ADD COLUMN gender VARCHAR(20) NULL;", "ADD COLUMN role VARCHAR(50) NOT NULL DEFAULT 'user';",
		"MODIFY COLUMN gh_admin BIGINT NULL;", "MODIFY COLUMN gh_applied BIGINT NULL;", "RENAME TABLE sessions TO sessions_old;",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if exists := readAll(t, d, "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'gatehouse%'", 1); exists != nil {
		t.Error("a refused database was changed")
	}
	// The statements do what they say.
	for _, p := range pe.Problems {
		mustExec(t, d, strings.TrimSuffix(p.Fix, ";"))
	}
	mustUp(t, o)
}

func TestIDOfAnotherKindIsRefusedAndTheStatementSolvesIt(t *testing.T) {
	const rest = ", email VARCHAR(50), password VARCHAR(60), gender VARCHAR(5), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(5), state INT"
	for name, columns := range map[string]string{
		"uuid":        "id CHAR(36) PRIMARY KEY" + rest,
		"no key":      "id INT" + rest,
		"not counted": "id INT UNSIGNED PRIMARY KEY" + rest,
		"other key":   "id INT, tenant INT" + rest + ", PRIMARY KEY (tenant, id)",
		"no id":       "uid INT AUTO_INCREMENT PRIMARY KEY" + rest,
		"choice":      "id INT AUTO_INCREMENT PRIMARY KEY" + strings.Replace(rest, "state INT", "state ENUM('0','1')", 1),
		"bit":         "id INT AUTO_INCREMENT PRIMARY KEY" + strings.Replace(rest, "state INT", "state BIT(1)", 1),
		"text key":    "nick VARCHAR(5) PRIMARY KEY" + rest,
		"number time": strings.Replace("id INT AUTO_INCREMENT PRIMARY KEY"+rest, "lastLogin DATETIME", "lastLogin INT", 1),
	} {
		t.Run(name, func(t *testing.T) {
			o, d := mysqlOnly(t)
			mustExec(t, d, "CREATE TABLE users ("+columns+")")
			report, err := migrations.Preflight(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Problems) != 1 {
				t.Fatalf("problems = %v, want one", report.Problems)
			}
			for fix := range strings.SplitSeq(strings.TrimSuffix(report.Problems[0].Fix, ";"), "; ") {
				mustExec(t, d, fix)
			}
			mustUp(t, o)
		})
	}
}

func TestSQLiteProblems(t *testing.T) {
	for name, tt := range map[string]struct{ statement, fix string }{
		"int key":  {"CREATE TABLE users (id INT PRIMARY KEY, email, password, gender, lastLogin, name, role, state)", "RENAME TO users_old"},
		"missing":  {"CREATE TABLE users (id INTEGER PRIMARY KEY, email, pass_hash, gender, last_login, name, role)", "RENAME COLUMN `pass_hash` TO password"},
		"pass":     {"CREATE TABLE users (id INTEGER PRIMARY KEY, email, pass, gender, lastLogin, name, role, state)", "RENAME COLUMN `pass` TO password"},
		"username": {"CREATE TABLE users (id INTEGER PRIMARY KEY, username, password, gender, lastLogin, name, role, state)", "users has no column email (whoever has none there cannot sign in)"},
		"view":     {"CREATE VIEW users AS SELECT 1 AS id", "DROP VIEW users;"},
		"sessions": {"CREATE TABLE sessions (sid TEXT)", "ALTER TABLE sessions RENAME TO sessions_old;"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dbtest.OpenURL(t, dbtest.EmptyURL(t, db.SQLite))
			mustExec(t, conn.DB, tt.statement)
			err := migrations.Up(context.Background(), conn.Options)
			if _, ok := errors.AsType[*migrations.PreflightError](err); !ok || !strings.Contains(err.Error(), tt.fix) {
				t.Errorf("Up = %v, want a problem with %q", err, tt.fix)
			}
		})
	}
}

func TestColumnsOfOthersThatSignUpCannotFillAreNoted(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options, d *db.DB) {
		mustUp(t, o)
		if d.Engine() == db.SQLite {
			mustExec(t, d, "DROP TABLE users", `CREATE TABLE users (id INTEGER PRIMARY KEY, email, password, gender NOT NULL, lastLogin, name, role, state, tenant INT NOT NULL)`)
		} else {
			mustExec(t, d, "ALTER TABLE users ADD COLUMN tenant INT NOT NULL", "ALTER TABLE users MODIFY gender VARCHAR(5) NOT NULL")
		}
		report, err := migrations.Preflight(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(report.Notes, "\n")
		for _, want := range []string{"users.tenant", "users.gender"} {
			if !strings.Contains(notes, want) {
				t.Errorf("notes = %q, want %s among them", notes, want)
			}
		}
	})
}

func TestARoleThatSignUpCannotStoreIsNoted(t *testing.T) {
	o, d := mysqlOnly(t)
	mustUp(t, o)
	for _, kind := range []string{"INT NULL", "ENUM('admin','guest') NULL"} {
		mustExec(t, d, "ALTER TABLE users MODIFY role "+kind)
		r, err := migrations.Preflight(context.Background(), d)
		if err != nil || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "users.role") }) {
			t.Errorf("%s: notes = %q, %v", kind, r.Notes, err)
		}
	}
	mustExec(t, d, "ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
	if r, err := migrations.Preflight(context.Background(), d); err != nil || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "utf8mb4_bin") }) {
		t.Errorf("notes = %q, %v", r.Notes, err)
	}
}

func TestColumnsUnderUsualNamesAreRenamedAndNotAddedEmpty(t *testing.T) {
	o, d := mysqlOnly(t)
	mustExec(t, d, "CREATE TABLE users (id INT PRIMARY KEY AUTO_INCREMENT, mail VARCHAR(50), password_hash VARCHAR(60), gender VARCHAR(9), last_login DATETIME, full_name VARCHAR(50), role VARCHAR(9), state INT)",
		"INSERT INTO users (mail, password_hash, state) VALUES ('ann@example.com', 'hash', 1)")
	pe, ok := errors.AsType[*migrations.PreflightError](migrations.Up(context.Background(), o))
	if !ok {
		t.Fatal("not refused")
	}
	for _, p := range pe.Problems {
		mustExec(t, d, p.Fix)
	}
	mustUp(t, o)
	if rows := readAll(t, d, "SELECT email, password FROM users", 2); len(rows) != 1 || rows[0][0] != "true:ann@example.com" || rows[0][1] != "true:hash" {
		t.Errorf("rows = %q", rows)
	}
}

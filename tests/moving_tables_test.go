package tests

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// phpTable is one as a PHP program makes it.
func phpTable(databaseURL string) string {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL, email TEXT NOT NULL, password TEXT NOT NULL, salt TEXT NOT NULL)"
	}
	return `CREATE TABLE users (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, username VARCHAR(50) NOT NULL, email VARCHAR(100) NOT NULL,
		password CHAR(128) NOT NULL, salt CHAR(8) NOT NULL) DEFAULT CHARSET=latin1`
}

const saltText = "k3j2h1g0"

// phpUser is the row of somebody whose hash PHP made, with another one whose hash is of another password.
func phpUser(hash string) string {
	return fmt.Sprintf("INSERT INTO users (username, email, password, salt) VALUES ('ann', 'ann@example.com', '%s', '%s')", hash, saltText)
}

// hexOf is what PHP's hash functions return.
func hexOf[T [16]byte | [20]byte | [32]byte | [64]byte](sum T) string { return fmt.Sprintf("%x", sum) }

const phpHeading = "## From a PHP table with MD5 or SHA hashes"

// completed has the columns that the page adds.
func (n *newcomer) completed() *newcomer {
	n.t.Helper()
	add := n.block(phpHeading, "SET SESSION")
	proposed := n.proposed()
	if n.conn.Engine() == db.SQLite {
		execute(n.t, n.conn, proposed...)
		return n
	}
	if text := strings.Join(proposed, "\n"); !strings.HasPrefix(add, text) {
		n.t.Errorf("the dry run proposes\n%s\nthe page begins otherwise:\n%s", text, add)
	}
	n.execute(add)
	return n
}

func TestAPHPTableMovesInAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newNewcomer(t, databaseURL, phpTable(databaseURL), phpUser(hexOf(md5.Sum([]byte(saltText+password))))).ready().completed()
		found := rowsOf(t, n.conn, 3, "SELECT id, password, salt FROM users")
		n.run(n.block(phpHeading, "gatehouse migrate up"))
		s := n.serve()
		ann := oldUser{1, "ann@example.com", password}
		s.lets(ann, true)
		s.lets(oldUser{1, "ann@example.com", strings.ToUpper(password)}, false)
		wantRows(t, "what PHP finds", rowsOf(t, n.conn, 3, "SELECT id, password, salt FROM users"), found)
		if n.conn.Engine() == db.MySQL { // SQLite's defaults cannot be changed
			s.member("new@example.com")
		}
		n.run(n.block(phpHeading, "gatehouse adopt --finish --yes"))
		s.lets(ann, true)
		if got := rowsOf(t, n.conn, 1, "SELECT password FROM users WHERE id = 1")[0]; !strings.HasPrefix(got, `"$2a$`) {
			t.Errorf("password = %s after a sign-in, want bcrypt", got)
		}
	})
}

// TestEachKindOfPHPHashIsTakenOverAsThePageSays goes through the table of the page.
func TestEachKindOfPHPHashIsTakenOverAsThePageSays(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct{ php, flags, hash string }{
		{"`md5($password)`", "--format md5", hexOf(md5.Sum([]byte(password)))},
		{"`sha1($password)`", "--format sha1", hexOf(sha1.Sum([]byte(password)))},
		{"`hash('sha256', $password)`", "--format sha256", hexOf(sha256.Sum256([]byte(password)))},
		{"`hash('sha512', $password)`", "--format sha512", hexOf(sha512.Sum512([]byte(password)))},
		{"`md5($salt . $password)`", "--format md5 --salt-column salt", hexOf(md5.Sum([]byte(saltText + password)))},
		{"`sha1($password . $salt)`", "--format sha1 --salt-column salt --salt-place after", hexOf(sha1.Sum([]byte(password + saltText)))},
	} {
		t.Run(kind.flags, func(t *testing.T) {
			t.Parallel()
			databaseURL := dbtest.EmptyURL(t, db.SQLite)
			n := newNewcomer(t, databaseURL, phpTable(databaseURL), phpUser(kind.hash)).ready().completed()
			if !strings.Contains(n.page, kind.php) || !strings.Contains(n.page, "`"+kind.flags) && !strings.Contains(n.page, "`"+strings.TrimPrefix(kind.flags, "--format ")+"`") {
				t.Errorf("docs/moving-in.md does not tell %s for %s", kind.flags, kind.php)
			}
			n.run("gatehouse migrate up && gatehouse adopt " + kind.flags)
			n.serve().lets(oldUser{1, "ann@example.com", password}, true)
		})
	}
}

// laravelTables are those that a new Laravel program makes.
func laravelTables(databaseURL string) []string {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return []string{
			`create table "users" ("id" integer primary key autoincrement not null, "name" varchar not null, "email" varchar not null, "email_verified_at" datetime,
				"password" varchar not null, "remember_token" varchar, "created_at" datetime, "updated_at" datetime)`,
			`create unique index "users_email_unique" on "users" ("email")`,
			`create table "sessions" ("id" varchar not null, "user_id" integer, "ip_address" varchar, "user_agent" text, "payload" text not null, "last_activity" integer not null, primary key ("id"))`,
		}
	}
	return []string{
		"create table `users` (`id` bigint unsigned not null auto_increment primary key, `name` varchar(255) not null, `email` varchar(255) not null, " +
			"`email_verified_at` timestamp null, `password` varchar(255) not null, `remember_token` varchar(100) null, `created_at` timestamp null, " +
			"`updated_at` timestamp null) default character set utf8mb4 collate 'utf8mb4_unicode_ci'",
		"alter table `users` add unique `users_email_unique`(`email`)",
		"create table `sessions` (`id` varchar(255) not null, `user_id` bigint unsigned null, `ip_address` varchar(45) null, `user_agent` text null, " +
			"`payload` longtext not null, `last_activity` int not null, primary key (`id`)) default character set utf8mb4 collate 'utf8mb4_unicode_ci'",
	}
}

func TestLaravelsTableMovesInAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newNewcomer(t, databaseURL, laravelTables(databaseURL)...).ready()
		execute(t, n.conn, "INSERT INTO users (name, email, password) VALUES ('Ann', 'ann@example.com', '"+hashOf(t, "$2y$")+"')",
			"INSERT INTO users (name, email, password) VALUES ('Bob', 'bob@example.com', '"+hashOf(t, "$2y$")+"')")
		proposed := n.proposed()
		if n.conn.Engine() == db.MySQL {
			if page := n.block("## From Laravel", "SET SESSION"); strings.Join(proposed, "\n")+"\n" != page {
				t.Errorf("the dry run proposes\n%s\nthe page says\n%s", strings.Join(proposed, "\n"), page)
			}
		}
		execute(t, n.conn, proposed...)
		n.block("## From Laravel", "SESSION_TABLE=sessions_old\nHASH_VERIFY=false\n")
		n.run(n.block("## From Laravel", "gatehouse migrate up"))
		found := rowsOf(t, n.conn, 2, "SELECT id, password FROM users")
		s := n.serve()
		s.lets(oldUser{1, "ann@example.com", password}, true)
		wantRows(t, "what Laravel finds", rowsOf(t, n.conn, 2, "SELECT id, password FROM users"), found)
		s.person().post("/api/users/signup", credentials("new@example.com", password)).want(422)
		s.person().post("/api/users/signup", credentials("new@example.com", password)+"&name=New").want(201)
		wantLaravelToMind(t, rowsOf(t, n.conn, 1, "SELECT password FROM users WHERE id = 3")[0])
		n.run("gatehouse adopt --finish --yes")
		bob := oldUser{2, "bob@example.com", password}
		s.lets(bob, true)
		wantRows(t, "hashes whose cost is enough", rowsOf(t, n.conn, 2, "SELECT id, password FROM users WHERE id < 3"), found)
		s.stop()
		n.env = append(n.env, "GATEHOUSE_BCRYPT_COST=5")
		n.serve().lets(bob, true)
		if got := rowsOf(t, n.conn, 1, "SELECT password FROM users WHERE id = 2")[0]; !strings.HasPrefix(got, `"$2a$05$`) {
			t.Errorf("password = %s after a sign-in with a hash that is too cheap, want one of Gatehouse's own", got)
		}
	})
}

// wantLaravelToMind wants PHP to check a hash and yet not to know its name, by which Laravel goes unless HASH_VERIFY is off.
func wantLaravelToMind(t *testing.T, quoted string) {
	t.Helper()
	if _, err := exec.LookPath("php"); err != nil {
		return
	}
	hash := strings.Trim(quoted, `"`)
	out, err := exec.CommandContext(t.Context(), "php", "-r", "echo password_verify($argv[1], $argv[2]) ? 'fits ' : 'no ', password_get_info($argv[2])['algoName'];", password, hash).Output()
	if err != nil || string(out) != "fits unknown" {
		t.Errorf("PHP says %q of a hash of ours, and the page says that it checks it without knowing it (%v)", out, err)
	}
}

const deviseTable = "CREATE TABLE `users` (`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, `email` varchar(255) DEFAULT '' NOT NULL, " +
	"`encrypted_password` varchar(255) DEFAULT '' NOT NULL, `reset_password_token` varchar(255), `reset_password_sent_at` datetime(6), " +
	"`remember_created_at` datetime(6), `sign_in_count` int DEFAULT 0 NOT NULL, `current_sign_in_at` datetime(6), `last_sign_in_at` datetime(6), " +
	"`created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL) DEFAULT CHARSET=utf8mb4"

// newDeviseNewcomer has a table of Devise's with two users, one of them without a password.
func newDeviseNewcomer(t *testing.T) *newcomer {
	t.Helper()
	return newNewcomer(t, emptyMySQL(t), deviseTable,
		"INSERT INTO users (id, email, encrypted_password, current_sign_in_at, created_at, updated_at) VALUES (7, 'zoë@example.com', '"+hashOf(t, "$2a$")+
			"', '2024-05-06 07:08:09.123456', '2023-01-02 03:04:05.5', '2024-01-01'), (9, 'bob@example.com', '', NULL, '2023-01-02', '2024-01-01')")
}

func TestDevisesUsersAreBroughtOverAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		needPrograms(t, examplesVariable, "mysql")
		n := newDeviseNewcomer(t).ready()
		n.env = append(n.env, "GATEHOUSE_DATABASE_URL="+databaseURL)
		n.run(n.block("## From Devise", "gatehouse migrate up"))
		ours := dbtest.OpenURL(t, databaseURL).DB
		wantRows(t, "users", rowsOf(t, ours, 3, "SELECT id, email, gh_created FROM users ORDER BY id"),
			[]string{`"7" "zoë@example.com" "1672628645500"`, `"9" "bob@example.com" "1672617600000"`})
		s := n.serve()
		s.lets(oldUser{7, "zoë@example.com", password}, true)
		s.lets(oldUser{9, "bob@example.com", password}, false)
	})
}

func TestDevisesTableIsTakenOverAsThePageSays(t *testing.T) {
	t.Parallel()
	n := newDeviseNewcomer(t).ready()
	n.execute(n.block("## From Devise", "ALTER TABLE"))
	n.run("gatehouse adopt --dry-run && gatehouse migrate up")
	s := n.serve()
	s.lets(oldUser{7, "zoë@example.com", password}, true)
	s.member("new@example.com")
}

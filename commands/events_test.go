package commands_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var aKey = regexp.MustCompile(`kid [\w-]{43}`)

// events checks the table that the command prints, without its heading and its times.
func (o office) events(want string, args ...string) {
	o.t.Helper()
	out := run(o.t, o.env, append([]string{"events"}, args...)...).want(0).stdout
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if got := strings.Join(strings.Fields(lines[0]), " "); got != "TIME EVENT USER BY IP DETAIL" {
		o.t.Errorf("heading %q", got)
	}
	var got []string
	for _, line := range lines[1:] {
		line = aTime.ReplaceAllString(aKey.ReplaceAllString(line, "kid KEY"), "")
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if got := strings.Join(got, "\n"); got != want {
		o.t.Errorf("events %q prints\n%s\nwant\n%s", args, got, want)
	}
}

func TestEveryActOfAnOperatorIsAnEvent(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		dir := t.TempDir()
		o.events("key_added - server - kid KEY")
		users := func(typed string, args ...string) {
			enter(t, typed, o.env, append([]string{"users"}, args...)...).want(0)
		}
		users("correct horse\n", "add", "root@example.com", "--role", "admin")
		users("correct horse\n", "add", "ann@example.com")
		users("", "role", "ann@example.com", "editor")
		users("", "disable", "2")
		users("", "enable", "2")
		users("battery staple\n", "set-password", "2")
		users("", "end-sessions", "2")
		users(`{"email":"ben@example.com"}`+"\n"+`{"email":"cyd@example.com"}`+"\n", "import", "-")
		users(`{"email":"dan@example.com"}`+"\n", "import", "-", "--dry-run")
		users("", "export", filepath.Join(dir, "users.jsonl"))
		users("", "delete", "2", "--yes")
		run(t, o.env, "keys", "rotate").want(0)
		run(t, o.env, "keys", "rotate").want(0, "waiting already")
		execute(t, o.databaseURL, "UPDATE users SET password = 'as the old program has it' WHERE id = 4")
		run(t, o.env, "adopt").want(0)
		run(t, o.env, "adopt").want(0)
		run(t, o.env, "adopt", "--undo").want(0)
		execute(t, o.databaseURL, "UPDATE users SET role = 'admin' WHERE id = 3")
		run(t, o.env, "adopt", "--admins", "all").want(0)
		run(t, o.env, "adopt", "--finish", "--yes", "--leave-undecided", "--yes").want(0)

		want := []string{
			"adoption_finished - operator - -",
			"admin_confirmed 3 operator - -",
			"adoption_opened - operator - -",
			"adoption_undone - operator - -",
			"adoption_opened - operator - -",
			"key_added - operator - kid KEY",
			"user_deleted 2 operator - -",
			"users_exported - operator - -",
			"users_imported - operator - users: 2",
			"sessions_ended 2 operator - -",
			"password_replaced 2 operator - -",
			"user_enabled 2 operator - -",
			"user_disabled 2 operator - -",
			"role_changed 2 operator - role editor",
			"user_added 2 operator - role user",
			"user_added 1 operator - role admin",
			"key_added - server - kid KEY",
		}
		if strings.HasPrefix(o.databaseURL, "sqlite:") {
			run(t, o.env, "backup", filepath.Join(dir, "backup.db")).want(0)
			want = append([]string{"backup_made - operator - -"}, want...)
		}
		o.events(strings.Join(want, "\n"))
	})
}

func TestEventsAreChosenByUserKindAndTime(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		enter(t, "correct horse\n", o.env, "users", "add", "ann@example.com").want(0)
		enter(t, "correct horse\n", o.env, "users", "add", "ben@example.com").want(0)
		run(t, o.env, "users", "role", "1", "editor").want(0)
		execute(t, o.databaseURL, "UPDATE gatehouse_events SET at = at - 7200000 WHERE kind = 'key_added'")

		o.events("role_changed 1 operator - role editor\nuser_added 1 operator - role user", "--user", "ANN@example.com")
		o.events("role_changed 1 operator - role editor\nuser_added 1 operator - role user", "--user", "1")
		o.events("role_changed 1 operator - role editor\nuser_added 2 operator - role user", "--limit", "2")
		o.events("user_added 2 operator - role user\nuser_added 1 operator - role user", "--kind", "user_added")
		o.events("role_changed 1 operator - role editor\nuser_added 2 operator - role user\nuser_added 1 operator - role user", "--since", "1h")
		o.events("", "--user", "99")

		out := run(t, o.env, "events", "--json", "--limit", "1").want(0).stdout
		if got, want := aTime.ReplaceAllString(out, "TIME"), `{"id":4,"at":"TIME","kind":"role_changed","userId":1,"detail":"role editor","actor":"operator"}`+"\n"; got != want {
			t.Errorf("--json prints %s, want %s", got, want)
		}
		run(t, o.env, "events", "--user", "0").want(1, `gatehouse: there is no user "0"`)
		run(t, o.env, "events", "--user", "nobody@example.com").want(1, `gatehouse: there is no user "nobody@example.com"; name one by id or e-mail address`)
		run(t, o.env, "events", "--kind", "party").want(2, `--kind: there are no events "party"; known are user_added, `)
		o.visitor("ann@example.com", "correct horse")
		o.refused("ben@example.com", "wrong horse")
		o.events("sign_in_failed 2 visitor 127.0.0.1 -\nsign_in 1 visitor 127.0.0.1 cookie", "--limit", "2")
		o.events("sign_in_failed 2 visitor 127.0.0.1 -", "--kind", "sign_in_failed")
		run(t, o.env, "events", "--limit", "-1").want(2, "--limit")
		run(t, o.env, "events", "--since", "-1h").want(2, "--since")
	})
}

// What was not done is no event.
func TestAnActThatFailsIsNoEvent(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		enter(t, "correct horse\n", o.env, "users", "add", "ann@example.com").want(0)
		enter(t, "correct horse\n", o.env, "users", "add", "ann@example.com").want(1)
		enter(t, "short\n", o.env, "users", "set-password", "1").want(1)
		enter(t, "n\n", o.env, "users", "delete", "1").want(1)
		run(t, o.env, "users", "role", "1", "").want(1)
		run(t, o.env, "adopt", "--undo").want(1)
		file := filepath.Join(t.TempDir(), "there")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, o.env, "users", "export", file).want(1, "exists already")
		run(t, o.env, "backup", file).want(1)
		enter(t, `{"email":"ann@example.com"}`+"\n", o.env, "users", "import", "-").want(0)
		o.events("user_added 1 operator - role user\nkey_added - server - kid KEY")
	})
}

func TestATriggerThatForbidsTheEventForbidsTheAct(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		enter(t, "correct horse\n", o.env, "users", "add", "ann@example.com").want(0)
		trigger := "CREATE TRIGGER no_events BEFORE INSERT ON gatehouse_events BEGIN SELECT RAISE(ABORT, 'no events'); END"
		if !strings.HasPrefix(o.databaseURL, "sqlite:") {
			trigger = "CREATE TRIGGER no_events BEFORE INSERT ON gatehouse_events FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no events'"
		}
		execute(t, o.databaseURL, trigger)
		execute(t, o.databaseURL, "UPDATE users SET gh_email_key = NULL") // which is something for adopt to do
		for _, args := range [][]string{
			{"users", "disable", "1"},
			{"users", "role", "1", "editor"},
			{"users", "end-sessions", "1"},
			{"users", "delete", "1", "--yes"},
			{"users", "export", filepath.Join(t.TempDir(), "users.jsonl")},
			{"adopt"},
			{"keys", "rotate"},
		} {
			run(t, o.env, args...).want(1, "no events")
		}
		if strings.HasPrefix(o.databaseURL, "sqlite:") {
			saved := filepath.Join(t.TempDir(), "backup.db")
			run(t, o.env, "backup", saved).want(1, "no events")
			if _, err := os.Stat(saved); err == nil {
				t.Error("there is a backup without an event")
			}
		}
		enter(t, "battery staple\n", o.env, "users", "set-password", "1").want(1, "no events")
		enter(t, `{"email":"ben@example.com"}`+"\n", o.env, "users", "import", "-").want(1, "no events")
		execute(t, o.databaseURL, "DROP TRIGGER no_events")
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 ann@example.com - user active never", "list")
		o.visitor("ann@example.com", "correct horse")
		if lines := strings.Count(run(t, o.env, "keys", "list").want(0).stdout, "\n"); lines != 2 {
			t.Errorf("%d lines of keys, want the heading and one", lines)
		}
		run(t, o.env, "adopt", "--undo").want(1, "no adoption is open")
	})
}

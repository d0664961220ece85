package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestWithoutADatabaseOrATableThereIsNothingToAdopt(t *testing.T) {
	dir := t.TempDir()
	for _, act := range []string{"", "--dry-run", "--watch", "--finish", "--undo"} {
		o := run(t, []string{"GATEHOUSE_DATA_DIR=" + dir}, strings.Fields("adopt "+act)...)
		if got, want := o.want(1).shown(), "gatehouse: there is no database at DATABASE; name the one with the old table by --database-url"; got != want {
			t.Errorf("adopt %s says %q, want %q", act, got, want)
		}
	}
	wantEmpty(t, dir)
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := newSite(t, databaseURL)
		for act, want := range map[string]string{
			"--dry-run": "gatehouse: there is no table users at DATABASE, so there is nothing to adopt",
			"":          "gatehouse: the tables are not up to date (15 migrations are pending); start the server, or run 'gatehouse migrate up'",
		} {
			if got := run(t, s.env, strings.Fields("adopt "+act)...).want(1).shown(); got != want {
				t.Errorf("adopt %s says %q, want %q", act, got, want)
			}
		}
		if got := tables(t, databaseURL); len(got) > 0 {
			t.Errorf("tables = %v, want none", got)
		}
	})
}

func TestWhatCannotBeDoneIsToldAndNothingIsWritten(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.add("eve@example.com", strings.Repeat("0a", 16))
		const noColumn = `gatehouse: users has no column no\u001bsuch`
		before := o.dump()
		for _, act := range []string{"", "--dry-run ", "--watch ", "--finish "} {
			o.says(1, noColumn, strings.Fields(act+"--format md5 --salt-column no\x1bsuch")...)
			if got := o.dump(); strings.Join(got, "\n") != strings.Join(before, "\n") {
				t.Fatalf("adopt %s changed\n%q\nto\n%q", act, before, got)
			}
		}
		o.says(1, "       1  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 3\n"+refusedFinish, "--finish", "--yes")
		if got := o.column("password")[0]; got != "anns old password" {
			t.Errorf("password = %q after a refused --finish, want it as it was", got)
		}
	})
}

func TestWhatCannotBeDoneIsToldToProgramsInJSONAlone(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.add("eve@example.com", strings.Repeat("0a", 16))
		refused := run(t, o.office.env, "adopt", "--finish", "--yes", "--json").want(1)
		var undecided struct {
			Left struct{ UndecidedIDs []string }
		}
		if err := json.Unmarshal([]byte(refused.stdout), &undecided); err != nil || !slices.Equal(undecided.Left.UndecidedIDs, []string{"3"}) {
			t.Errorf("--finish prints %q, %v", refused.stdout, err)
		}
	})
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		execute(t, databaseURL, "CREATE TABLE users (id INTEGER PRIMARY KEY, mail VARCHAR(50))")
		refused := run(t, newSite(t, databaseURL).env, "adopt", "--dry-run", "--json").want(1, "put right first")
		var table struct{ Problems []struct{ What, Fix string } }
		if err := json.Unmarshal([]byte(refused.stdout), &table); err != nil || len(table.Problems) < 2 || table.Problems[0].Fix == "" {
			t.Errorf("--dry-run prints %q, %v", refused.stdout, err)
		}
	})
}

// Mistakes on the command line are found before anything is looked for, such as the database.
func TestFlagsThatMakeNoSenseAreUsageErrors(t *testing.T) {
	const (
		saltColumn = "adopt: --salt-column goes with --format md5, sha1, sha256 or sha512"
		admins     = "adopt: --admins does not go with --watch, --finish or --undo; run adopt without them"
		atTheEnd   = "adopt: --yes and --leave-undecided go with --finish"
	)
	env := []string{"GATEHOUSE_DATA_DIR=" + t.TempDir()}
	for args, want := range map[string]string{
		"--dry-run --finish": "--dry-run and --finish can't be used together",
		"--dry-run --watch":  "--dry-run and --watch can't be used together",
		"--finish --undo":    "--finish and --undo can't be used together",
		"--watch --undo":     "--watch and --undo can't be used together",
		"--format sha":       `adopt: --format must be md5, sha1, sha256, sha512 or plain, not "sha"`,
		"--format MD5":       `adopt: --format must be md5, sha1, sha256, sha512 or plain, not "MD5"`,
		"--format md5 --salt-column s --salt-place above": `adopt: --salt-place must be before or after, not "above"`,
		"--admins some":                              `adopt: --admins must be ask, all or none, not "some"`,
		"--salt-column salt":                         saltColumn,
		"--dry-run --salt-column salt":               saltColumn,
		"--watch --salt-column salt":                 saltColumn,
		"--finish --salt-column salt --format plain": saltColumn,
		"--format md5 --salt-place after":            "adopt: --salt-place goes with --salt-column",
		"--undo --format md5":                        "adopt: --undo forgets all hashes, whatever they were made of: --format does not go with it",
		"--finish --admins all":                      admins,
		"--watch --admins none":                      admins,
		"--undo --admins ask":                        admins,
		"--yes":                                      atTheEnd,
		"--dry-run --leave-undecided":                atTheEnd,
		"--undo --yes":                               atTheEnd,
		"--watch --every 0s":                         "adopt: --every must be more than nothing",
		"--watch --every=-5s":                        "adopt: --every must be more than nothing",
		"--every soon":                               "--every: ",
		"extra":                                      "unexpected argument extra",
	} {
		got := run(t, env, append([]string{"adopt"}, strings.Fields(args)...)...)
		got.want(2, "gatehouse: "+want, "\nTry: gatehouse adopt --help\n")
	}
}

// A kill between the first and the last hash that is moved leaves it so.
func TestAFinishThatHasBegunHasNoWayBack(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.exec("UPDATE gatehouse_meta SET value = 'finishing' WHERE name = 'adoption'")
		o.says(1, "gatehouse: --finish has begun to move hashes into password, so there is no way back; run 'gatehouse adopt --finish' again", "--undo")
		o.says(0, "There was nothing to hash.\nHashes stand in password already, because --finish has begun: run it again, to its end.")
		o.says(0, "There was nothing to hash.\nMoved 2 hashes into password: a program that compares plain text signs nobody in any more.", "--finish", "--yes")
		o.says(1, "gatehouse: no adoption is open: 'gatehouse adopt' begins one", "--undo")
	})
}

// So does one between the first and the last hash that is forgotten.
func TestAnUndoThatHasBegunGoesOnToItsEnd(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.exec("UPDATE gatehouse_meta SET value = 'undoing' WHERE name = 'adoption'")
		const begun = "gatehouse: --undo has begun to forget the hashes; run 'gatehouse adopt --undo' again, to its end"
		o.add("cyd@example.com", "cyds old password")
		for _, act := range []string{"", "--finish", "--finish --leave-undecided"} {
			o.says(1, begun, strings.Fields(act)...)
		}
		if got := strings.Join(o.column("password"), ", "); got != "anns old password, bens old password, cyds old password" || o.column("gh_hash")[2] != "" {
			t.Errorf("passwords = %s and own hashes %q, want nothing more", got, o.column("gh_hash"))
		}
		run(t, o.office.env, "adopt", "--undo").want(0, "Forgot the hashes of 2 users")
		run(t, o.office.env, "adopt").want(0, "3  passwords hashed")
	})
}

func TestFinishTellsThatTheOldProgramStillWrites(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		conn := dbtest.OpenURL(t, o.databaseURL)
		stopped, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for i := 0; ; i++ {
				select {
				case <-stopped:
					return
				default:
					_, _ = conn.Exec(context.Background(), "UPDATE users SET password = ? WHERE id = 2", fmt.Sprintf("bens new password %d", i))
				}
			}
		}()
		got := run(t, o.with("GATEHOUSE_BCRYPT_COST=9"), "adopt", "--finish", "--yes") // slower than the old program
		close(stopped)
		<-ended
		o.checked(got, 1, "gatehouse: the old program still writes passwords; stop it, then run 'gatehouse adopt --finish' again")
		run(t, o.office.env, "adopt", "--undo").want(1, "there is no way back")
		ben := o.column("password")[1]
		run(t, o.office.env, "adopt", "--finish", "--yes").want(0, "1  password hashed", "Moved 1 hash")
		o.serving()
		o.visitor("ann@example.com", "anns old password")
		o.visitor("ben@example.com", ben)
	})
}

func TestFinishTellsOfATriggerThatChangesPasswords(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		trigger := "CREATE TRIGGER stubborn BEFORE UPDATE ON users FOR EACH ROW SET NEW.password = LOWER(NEW.password)"
		if o.engine == db.SQLite {
			trigger = "CREATE TRIGGER stubborn AFTER UPDATE OF password ON users BEGIN UPDATE users SET password = LOWER(password) WHERE id = NEW.id; END"
		}
		o.exec(trigger)
		o.says(1, "gatehouse: user 1: the database changes what is written into password, and nothing was lost: a trigger on users, perhaps; "+
			"take it away, then run this again", "--finish", "--yes")
		o.exec("DROP TRIGGER stubborn")
		if got := o.column("password"); got[0] != "anns old password" || got[1] != "bens old password" {
			t.Errorf("passwords = %q, want them as they were", got)
		}
		run(t, o.office.env, "adopt", "--undo").want(0, "Forgot the hashes of 2 users")
	})
}

func TestAdoptBelongsToTheSecretOfTheServers(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		foreign := newSite(t, o.databaseURL)
		before := o.dump()
		const notOurs = "gatehouse: the secret does not belong to this database: copy the secret that was used with it and name its file " +
			"with --secret-file (or put its text into GATEHOUSE_SECRET)"
		for _, act := range []string{"", "--dry-run", "--watch", "--finish"} {
			o.checked(run(t, foreign.env, strings.Fields("adopt "+act)...), 1, notOurs)
		}

		both := filepath.Join(t.TempDir(), "both")
		if err := os.WriteFile(both, []byte(read(t, foreign.secret)+read(t, o.secret)), 0o600); err != nil {
			t.Fatal(err)
		}
		newFirst := o.with("GATEHOUSE_SECRET_FILE=" + both)
		const tooEarly = "gatehouse: no server has been started with this first secret yet; start all servers with these secrets, then try again"
		for _, act := range []string{"", "--watch", "--finish"} {
			o.checked(run(t, newFirst, strings.Fields("adopt "+act)...), 1, tooEarly)
		}
		if got := o.dump(); strings.Join(got, "\n") != strings.Join(before, "\n") {
			t.Errorf("the database changed from\n%q\nto\n%q", before, got)
		}
		run(t, newFirst, "adopt", "--dry-run").want(0, "2  hashed already")

		run(t, newFirst, "secrets", "rotate").want(0)
		for _, env := range [][]string{newFirst, foreign.env} {
			o.checked(run(t, env, "adopt"), 0, "There was nothing to hash.\n{adopted}")
		}
		o.checked(run(t, o.office.env, "adopt"), 1, notOurs)
	})
}

// The first run may come before the first start of a server.
func TestAdoptTiesANewDatabaseToItsSecret(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		run(t, newSite(t, o.databaseURL).env).want(1, "does not belong to this database")
		address, stop := serve(t, o.office.env)
		defer stop()
		o.address = address
		o.visitor("ann@example.com", "anns old password")
	})
}

func TestAdoptMakesTheSecretOfAnEmbeddedDatabase(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4"}
	run(t, env, "migrate", "up").want(0)
	databaseURL := "sqlite:" + filepath.Join(dir, "gatehouse.db")
	execute(t, databaseURL, "INSERT INTO users (email, password, role, state) VALUES ('ann@example.com', 'anns old password', 'user', 1)")
	run(t, env, "adopt", "--dry-run").want(0, "1  to hash")
	if _, err := os.Stat(filepath.Join(dir, "secret")); !os.IsNotExist(err) {
		t.Errorf("a dry run made a secret: %v", err)
	}
	run(t, env, "adopt").want(0, "1  password hashed")
	secret := filepath.Join(dir, "secret")
	if info, err := os.Stat(secret); err != nil || info.Mode() != 0o600 {
		t.Fatalf("the secret: %v, %v, want mode 0600", info, err)
	}
	address, stop := serve(t, env)
	o := office{t: t, env: env, address: address, databaseURL: databaseURL}
	o.visitor("ann@example.com", "anns old password")
	stop()
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	exported := filepath.Join(t.TempDir(), "users.jsonl")
	for _, lost := range []string{"", "DELETE FROM gatehouse_meta WHERE name = 'secret_check'"} { // the keys tell as well
		if lost != "" {
			execute(t, databaseURL, lost)
		}
		for _, words := range []string{"adopt", "adopt --dry-run", "adopt --finish", "users export " + exported, "users show 1", "secrets rotate"} {
			run(t, env, strings.Fields(words)...).want(1, "a secret that is no longer at "+secret)
		}
	}
	wantNoFile(t, secret)
	wantNoFile(t, exported)
}

func wantNoFile(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("there is a file %s: %v", path, err)
	}
}

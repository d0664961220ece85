package commands

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/link"
	"gatehouse/models/secret"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

func TestTheLogTellsOfEachChangeOfTheKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		start := time.Now()
		rules := token.Rules{Lifetime: 24 * time.Hour, TokenLife: time.Minute, Keep: time.Hour}
		keys, err := token.OpenKeys(t.Context(), conn.DB, [][]byte{[]byte("a secret of thirty-two bytes or more")}, rules, start)
		if err == nil {
			err = keys.Begin(t.Context(), start)
		}
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		tend := tendKeys(keys, slog.New(slog.NewTextHandler(&log, nil)))
		next := start.Add(rules.Lifetime)
		for _, step := range []struct {
			at   time.Time
			want []string
		}{
			{start.Add(time.Minute), nil},
			{next.Add(-token.Lead), []string{"state=waiting"}},
			{next.Add(-time.Minute), nil},
			{next, []string{"state=retired", "state=signing"}},
			{next.Add(time.Minute), nil},
		} {
			log.Reset()
			if err := tend(t.Context(), step.at); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(log.String(), "\n"); lines != len(step.want) {
				t.Errorf("%s after the start %d lines, want %d:\n%s", step.at.Sub(start), lines, len(step.want), &log)
			}
			for _, text := range step.want {
				if !strings.Contains(log.String(), text) {
					t.Errorf("%s after the start the log lacks %s:\n%s", step.at.Sub(start), text, &log)
				}
			}
		}
	})
}

// What the log says at the start is what `gatehouse check` says, with the command that helps.
func TestTheLogTellsWhoCannotSignInAndWhatHelps(t *testing.T) {
	secrets := config.Secrets{[]byte("a secret of thirty-two bytes or more")}
	marks, err := secret.NewMarks(account.AdoptedPasswords, secrets)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		var log bytes.Buffer
		tell := tellWhoCannotSignIn(config.Config{BcryptCost: 4}, conn.DB, secrets, slog.New(slog.NewTextHandler(&log, nil)))
		says := func(want ...string) {
			t.Helper()
			log.Reset()
			if err := tell(t.Context()); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(log.String(), "level=WARN"); lines != len(want) {
				t.Errorf("%d lines, want %d:\n%s", lines, len(want), &log)
			}
			for _, text := range want {
				if !strings.Contains(log.String(), text) {
					t.Errorf("the log lacks %q:\n%s", text, &log)
				}
			}
			if strings.Contains(log.String(), "horse") {
				t.Errorf("the log shows a password:\n%s", &log)
			}
		}
		says()
		for _, text := range []string{"correct horse", "another horse", strings.Repeat("0a", 16), ""} {
			if _, err := conn.Exec(t.Context(), "INSERT INTO users (email, password, role, state) VALUES ('ann@example.com', ?, 'user', 1)", text); err != nil {
				t.Fatal(err)
			}
		}
		says("2 users cannot sign in, because their password is not stored as a hash that Gatehouse reads: run `gatehouse adopt --dry-run`, then `gatehouse adopt`",
			"1 user cannot sign in, because their password could be a hash or plain text: `gatehouse adopt --dry-run` tells more",
			"1 user cannot sign in, because they have no password")
		if err := user.In(conn).SetAdoption(t.Context(), user.Open); err != nil {
			t.Fatal(err)
		}
		for id, text := range map[int64]string{1: "correct horse", 2: "Another horse"} { // the second of them is no longer so
			if err := user.In(conn).SetOwnHash(t.Context(), id, "own hash", marks.Of(id, text)); err != nil {
				t.Fatal(err)
			}
		}
		says("1 user cannot sign in, because their password is not", "1 user cannot sign in, because their password could",
			"1 user cannot sign in, because they have no password",
			"an adoption is open: 1 user has a hash beside their old password, and no hash is made anew at a sign-in; `gatehouse adopt --finish` or --undo ends that")
	})
}

func TestTheTableIsLookedAtOnceItCanBeRead(t *testing.T) {
	tries := 0
	look := once(func(context.Context) error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	for range 5 {
		if err := look(t.Context(), time.Now()); (err == nil) != (tries == 3) {
			t.Errorf("after %d tries: %v", tries, err)
		}
	}
	if tries != 3 {
		t.Errorf("%d looks, want no more after the first that worked", tries)
	}
}

func TestExpiredLinksAreClearedAwayByTheServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		now := time.Now()
		for userID, life := range map[int64]time.Duration{1: time.Hour, 2: 3 * time.Hour} {
			if _, err := link.In(conn).Make(t.Context(), link.Reset, userID, "ann@example.com", life, now); err != nil {
				t.Fatal(err)
			}
		}
		tasks := upkeep(config.Config{EventLifetime: time.Hour}, conn.DB, nil, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler))
		for _, task := range tasks {
			if err := task.do(t.Context(), now.Add(2*time.Hour)); err != nil {
				t.Errorf("%s: %v", task.failed, err)
			}
		}
		var left []int64
		err := conn.Query(t.Context(), func(r db.Row) error {
			var id int64
			err := r.Scan(&id)
			left = append(left, id)
			return err
		}, "SELECT user_id FROM gatehouse_links")
		if err != nil || !slices.Equal(left, []int64{2}) {
			t.Errorf("the links of users %v are left, %v; want those of 2", left, err)
		}
	})
}

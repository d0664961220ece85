package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gatehouse/commands"
)

// People choose their own names, and must not move the operator's cursor with them.
func TestNamesCannotWriteOnATerminal(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		execute(t, databaseURL, "INSERT INTO users (email, password, name, role, state) VALUES ('a@example.com', 'x', 'x\x1b[2J\ny\tz', 'user', 1)")
		o := office{t: t, env: s.env}
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 a@example.com x\\u001b[2J\\u000ay\\u0009z user active never", "list")
	})
}

func TestJSONCannotWriteOnATerminalAndStaysTheSame(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		const name = "a\u202eb\u009bc\U000e0001"
		enter(t, "correct horse\n", s.env, "users", "add", "ann@example.com", "--gender", "f").want(0)
		execute(t, databaseURL, "UPDATE users SET name = '"+name+"'")
		out := run(t, s.env, "users", "list", "--json").want(0, `\u202e`, `\u009b`, `\udb40\udc01`).stdout
		var u struct{ Name, Gender string }
		if err := json.Unmarshal([]byte(out), &u); err != nil || u.Name != name || u.Gender != "f" {
			t.Errorf("%q, %q, %v, want %q and f", u.Name, u.Gender, err, name)
		}
	})
}

func TestAllUsersAreListed(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		const users = 2001
		values := make([]string, users)
		for i := range values {
			values[i] = fmt.Sprintf("('u%d@example.com', 'x', 'user', %d)", i, i%2)
		}
		execute(t, databaseURL, "INSERT INTO users (email, password, role, state) VALUES "+strings.Join(values, ", "))
		out := run(t, s.env, "users", "list").want(0).stdout
		if n, off := strings.Count(out, "@example.com"), strings.Count(out, "disabled"); n != users || off != users/2+1 {
			t.Errorf("%d users, %d of them disabled, want %d and %d", n, off, users, users/2+1)
		}
	})
}

// blocked is a standard input on which nobody types.
type blocked struct{ reading chan struct{} }

func (b blocked) Read([]byte) (int, error) {
	close(b.reading)
	select {}
}

func TestAnInterruptedQuestionChangesNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		ctx, interrupt := context.WithTimeout(context.Background(), time.Minute)
		in := blocked{make(chan struct{})}
		go func() { <-in.reading; interrupt() }()
		var said strings.Builder
		if code := commands.Run(ctx, []string{"users", "add", "ann@example.com"}, s.env, in, io.Discard, &said); code != 1 {
			t.Errorf("exit code = %d, want 1", code)
		}
		if !strings.Contains(said.String(), "interrupted; nothing was changed") {
			t.Errorf("it said %q", said.String())
		}
		run(t, s.env, "users", "show", "ann@example.com").want(1, "there is no user")
	})
}

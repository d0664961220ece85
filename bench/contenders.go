package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"gatehouse/db/dbtest"
)

// contender is a server that answers GET /api/users/me and POST /api/users/login, and the requests for it.
type contender struct {
	name     string
	command  func() (*exec.Cmd, error) // starts it on what is filled already
	database []int                     // the processes of the database that it uses
	cookie   func(n int) string        // of a session
	checks   next
	each     func() next // of each session once; nil where no first check is to be measured
	due      next        // of sessions whose last-seen time must be written; nil where there is no such thing
	logins   next
	*process
}

func (c *contender) start() error {
	cmd, err := c.command()
	if err != nil {
		return err
	}
	c.process, err = launch(cmd)
	if err != nil {
		err = fmt.Errorf("start %s: %w", c.name, err)
	}
	return err
}

// lab holds everything that runs.
type lab struct {
	settings   settings
	dir        string // for all files
	program    string
	people     people
	contenders []*contender
	server     *dbtest.MySQLServer // nil without MariaDB
	log        io.Writer
}

// setUp builds the program, fills the databases and starts every contender.
func setUp(ctx context.Context, s settings, log io.Writer) (*lab, error) {
	dir, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{settings: s, dir: dir, program: s.Program, log: log}
	if err := l.prepare(ctx); err != nil {
		return nil, errors.Join(err, l.close())
	}
	for _, c := range l.contenders {
		if err := errors.Join(c.start(), ctx.Err()); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	if err := l.sameAnswers(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) prepare(ctx context.Context) error {
	if l.program == "" {
		l.program = filepath.Join(l.dir, "gatehouse")
		fmt.Fprintln(l.log, "building gatehouse")
		if err := build(ctx, l.program); err != nil {
			return err
		}
	}
	// Those after the first are for the checks that write a last-seen time.
	p, err := newPeople(l.settings.Sessions, dueTimes*l.settings.Sessions, l.settings.Members, l.settings.Cost, time.Now())
	if err != nil {
		return err
	}
	l.people = p
	if err := l.addBare(); err != nil {
		return err
	}
	data := filepath.Join(l.dir, "data")
	if err := l.addGatehouse(ctx, "Gatehouse, SQLite", data, "sqlite:"+filepath.Join(data, "gatehouse.db")); err != nil {
		return err
	}
	if l.settings.Quick {
		return nil
	}
	return l.addMariaDB(ctx)
}

// addMariaDB adds what needs a MySQL. Its commits wait for the disk, as those of SQLite do.
func (l *lab) addMariaDB(ctx context.Context) error {
	server, err := dbtest.Start(l.dir, "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=512M", "--innodb-log-file-size=256M")
	if err != nil {
		return err
	}
	l.server = server
	const database = "gatehouse"
	if err := server.Create(ctx, database); err != nil {
		return err
	}
	if err := l.addGatehouse(ctx, "Gatehouse, MariaDB", filepath.Join(l.dir, "beside"), server.SocketURL(database)); err != nil {
		return err
	}
	l.contenders[len(l.contenders)-1].database = []int{server.Pid}
	if l.settings.NoExpress {
		return nil
	}
	fmt.Fprintln(l.log, "installing Express")
	peer, err := l.startExpress(ctx, server)
	l.contenders = append(l.contenders, peer)
	return err
}

// dueTimes is how many sessions there are for each that is checked again and again: the others are for checks that write the
// last-seen time, which a session is good for once.
const dueTimes = 4

// bareShown is the session whose answer the bare server gives to everybody; the numbers in it are as long as most.
func (l *lab) bareShown() int { return l.settings.Sessions / 2 }

func (l *lab) addBare() error {
	known := bareFile{answer{true, l.people.user(l.bareShown())}, map[string]string{}}
	for n, hash := range l.people.hashes {
		known.Hashes[email(n)] = hash
	}
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	path := filepath.Join(l.dir, "bare.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	l.contenders = append(l.contenders, &contender{
		name:    base,
		command: func() (*exec.Cmd, error) { return bareCommand(path) },
		cookie:  gatehouseCookie,
		checks:  anyOf(checks(l.settings.Members, l.settings.Sessions, gatehouseCookie)),
		logins:  inTurn(l.people.logins()),
	})
	return nil
}

// dueChecks leaves out the sessions of those who log in: a user has ten at most, and each login ends the oldest.
func (l *lab) dueChecks() [][]byte {
	var list [][]byte
	for n := 1; n < dueTimes; n++ {
		list = append(list, checks(n*l.settings.Sessions+l.settings.Members, (n+1)*l.settings.Sessions, gatehouseCookie)...)
	}
	return list
}

func gatehouseCookie(n int) string { return "gatehouse=" + string(secretOf(n)) }

func (l *lab) addGatehouse(ctx context.Context, name, data, databaseURL string) error {
	fmt.Fprintf(l.log, "filling %s\n", name)
	conn, err := openMigrated(ctx, databaseURL)
	if err != nil {
		return err
	}
	err = l.people.fill(ctx, conn, l.settings.Sessions, l.log)
	if err = errors.Join(err, conn.Close()); err != nil {
		return err
	}
	given := rand.Text() + rand.Text()
	live := checks(l.settings.Members, l.settings.Sessions, gatehouseCookie)
	l.contenders = append(l.contenders, &contender{
		name:    name,
		command: func() (*exec.Cmd, error) { return l.gatehouse(data, databaseURL, given, "1m"), nil },
		cookie:  gatehouseCookie,
		checks:  anyOf(live),
		each:    func() next { return onceEach(live) },
		due:     onceEach(l.dueChecks()),
		logins:  inTurn(l.people.logins()),
	})
	return nil
}

// gatehouse runs the program on a database. A queue of a minute refuses nobody, however slow the machine.
func (l *lab) gatehouse(data, databaseURL, given, queue string) *exec.Cmd {
	cmd := exec.Command(l.program)
	cmd.Env = append(os.Environ(), "GATEHOUSE_DATA_DIR="+data, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_LOG_LEVEL=error",
		fmt.Sprintf("GATEHOUSE_BCRYPT_COST=%d", l.settings.Cost), "GATEHOUSE_HASH_QUEUE="+queue,
		"GATEHOUSE_DATABASE_URL="+databaseURL,
		// Refused sign-ins are measured too, and all come from one network.
		"GATEHOUSE_ACCOUNT_FAILURES=1000000", "GATEHOUSE_ACCOUNT_LOCK=1000000", "GATEHOUSE_ACCOUNT_AT_ONCE=1000", "GATEHOUSE_NETWORK_FAILURES=1000000")
	if given != "" {
		cmd.Env = append(cmd.Env, "GATEHOUSE_SECRET="+given)
	}
	return cmd
}

// sameAnswers makes sure that all contenders answer one check with the same bytes.
func (l *lab) sameAnswers() error {
	n := l.bareShown()
	want := l.people.shown(n)
	for _, c := range l.contenders {
		one, err := dial(c.addr)
		if err != nil {
			return err
		}
		got, err := one.want(get("/api/users/me", c.cookie(n)), http.StatusOK)
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("it answers %s, want %s", got, want)
		}
		if err = errors.Join(err, one.Close()); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// close ends everything and removes all files.
func (l *lab) close() error {
	var failed error
	for _, c := range l.contenders {
		if c != nil && c.process != nil {
			failed = errors.Join(failed, c.stop())
		}
	}
	if l.server != nil {
		failed = errors.Join(failed, l.server.Stop())
	}
	return errors.Join(failed, os.RemoveAll(l.dir))
}

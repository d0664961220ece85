package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/db"
)

// measure is one thing that is found out about several contenders.
type measure struct {
	name    string
	title   string
	ratio   string   // what the ratios to the bare server are called; "" for none
	figures []string // the columns
	takes   func(*contender) bool
	parts   int // how many turns a round is cut into, where a short one tells as much
	round   func(l *lab, c *contender, add adding) error
}

// adding notes a figure of a round.
type adding func(figure string, value float64)

const (
	perSecond     = "a second"
	processorTime = "processor µs"
	databaseTime  = "of it database"
	clientShare   = "generator's share %"

	idleP50    = "p50 ms, unloaded"
	idleP99    = "p99 ms, unloaded"
	busyP50    = "p50 ms"
	busyP99    = "p99 ms"
	loginRate  = "logins a second"
	lostLogins = "logins lost %"

	refusalP50 = "503 p50 ms"
	refusalP99 = "503 p99 ms"
	refusals   = "refused a second"

	emptyStart   = "start ms, empty folder"
	usedStart    = "start ms"
	idleMemory   = "idle MB"
	loadedMemory = "MB after the load"
	programSize  = "program MB"
)

var (
	throughput  = []string{perSecond, processorTime, databaseTime, clientShare}
	flooded     = []string{idleP50, idleP99, busyP50, busyP99, loginRate, lostLogins, clientShare}
	overflowing = []string{refusalP50, refusalP99, refusals, loginRate}
	turnedAway  = []string{wrongP50, unknownP50, disabledP50, cheaperP50}
	footprint   = []string{emptyStart, usedStart, idleMemory, loadedMemory, programSize}
)

var measures = []measure{
	{"checks", "Session checks: GET /api/users/me", "of bare Gin", throughput, all, 3, checkRound},
	{"logins", "Logins: POST /api/users/login", "of x/crypto", throughput, all, 1, loginRound},
	{"flood", "Session checks while 32 connections log in without pause", "", flooded, all, 1, floodRound},
	{"overflow", "Logins that the queue has no room for", "", overflowing, isSQLite, 1, overflowRound},
	{"refusals", "Sign-ins that are refused while others log in", "", turnedAway, isSQLite, 1, refusalRound},
	{"start", "Start, memory and size", "", footprint, all, 1, startRound},
	{"touches", "Checks that also write the last-seen time, as one a minute does for each session", "", throughput, touching, 1, touchRound},
	{"first", "First checks after a start, which find each session in the database", "", throughput, isSQLite, 1, firstRound},
}

func all(*contender) bool { return true }

// touching leaves out who has no last-seen time, or writes one at every check anyway.
func touching(c *contender) bool { return c.due != nil }

func isSQLite(c *contender) bool { return strings.HasSuffix(c.name, "SQLite") }

// warmth is how long a load runs before it is looked at.
func (l *lab) warmth() time.Duration { return l.settings.Period / 10 }

// queued is how long it takes until every login connection waits in the queue.
func (l *lab) queued() time.Duration { return l.settings.Period / 3 }

func addSpan(add adding, s span) {
	add(perSecond, s.perSecond)
	if s.used.nothing() {
		return
	}
	add(processorTime, us(s.used.server+s.used.database)/s.answers)
	if s.used.database > 0 {
		add(databaseTime, us(s.used.database)/s.answers)
	}
	s.used.addClientShare(add)
}

// nothing is used where there is no /proc.
func (u usage) nothing() bool { return u.server+u.database == 0 }

// addClientShare notes the client's part of all that was used.
func (u usage) addClientShare(add adding) {
	if !u.nothing() {
		add(clientShare, 100*float64(u.client)/float64(u.server+u.database+u.client))
	}
}

// compiling is how long Node takes, under load, until it has compiled what it runs.
const compiling = 5 * time.Second

// warmUp lets it do so, and checks each session of Gatehouse once.
func (l *lab) warmUp() error {
	checks := max(compiling, l.settings.Period)
	if l.settings.Quick {
		checks = l.settings.Period
	}
	for _, c := range l.contenders {
		_, err := c.saturate(begin, c.checks, checkConns, 0, checks)
		if err == nil && c.each != nil {
			err = c.exhaust(beginPolled, c.each(), checkConns)
		}
		if err == nil {
			_, err = c.saturate(begin, c.logins, loginConns, 0, l.settings.Period)
		}
		if err != nil {
			return fmt.Errorf("warm up %s: %w", c.name, err)
		}
	}
	return nil
}

func checkRound(l *lab, c *contender, add adding) error {
	s, err := c.saturate(beginPolled, c.checks, checkConns, l.warmth(), l.settings.Period)
	addSpan(add, s)
	return err
}

// touchRound has every check write the session's last-seen time, which else is so once a minute.
func touchRound(l *lab, c *contender, add adding) error {
	s, err := c.saturate(beginPolled, c.due, checkConns, l.warmth(), l.settings.Period)
	addSpan(add, s)
	return err
}

func loginRound(l *lab, c *contender, add adding) error {
	s, err := c.saturate(begin, c.logins, loginConns, l.queued(), l.settings.Period)
	addSpan(add, s)
	return err
}

// floodRound times paced checks on the unloaded machine, then beside logins without pause, and counts those logins with and
// without the checks.
func floodRound(l *lab, c *contender, add adding) error {
	idle, err := c.paced(c.checks, l.settings.Period)
	if err != nil {
		return err
	}
	logins, err := begin(c.addr, loginConns, c.logins)
	if err != nil {
		return err
	}
	time.Sleep(l.queued())
	// Without, with, with and without the checks, so that a machine that becomes slower by and by counts for both alike.
	alone := logins.rate(func() { time.Sleep(l.settings.Period) })
	var took []time.Duration
	before := c.usage()
	busy := logins.rate(func() { took, err = c.paced(c.checks, 2*l.settings.Period) })
	used := c.usage().since(before)
	alone = (alone + logins.rate(func() { time.Sleep(l.settings.Period) })) / 2
	if err = logins.end(err); err != nil {
		return err
	}
	used.addClientShare(add)
	add(idleP50, ms(quantile(idle, 0.50)))
	add(idleP99, ms(quantile(idle, 0.99)))
	add(busyP50, ms(quantile(took, 0.50)))
	add(busyP99, ms(quantile(took, 0.99)))
	add(loginRate, busy)
	if alone > 0 {
		add(lostLogins, 100*(1-busy/alone))
	}
	return nil
}

// rate is how many answers a second came while something else was done.
func (l *load) rate(meanwhile func()) float64 {
	done, began := l.done.Load(), time.Now()
	meanwhile()
	return float64(l.done.Load()-done) / time.Since(began).Seconds()
}

// overflowRound floods a server of its own, with the queue as it is by default.
func overflowRound(l *lab, _ *contender, add adding) error {
	c, err := l.small("2s", nil)
	if err != nil {
		return err
	}
	began := time.Now()
	refused, signedIn, err := c.overflow(c.logins, l.settings.Period)
	seconds := time.Since(began).Seconds()
	if err = errors.Join(err, c.stop()); err != nil {
		return err
	}
	if len(refused) == 0 {
		return nil // the machine is too fast, or the hash too cheap
	}
	add(refusalP50, ms(quantile(refused, 0.50)))
	add(refusalP99, ms(quantile(refused, 0.99)))
	add(refusals, float64(len(refused))/l.settings.Period.Seconds())
	add(loginRate, float64(signedIn)/seconds)
	return nil
}

// small starts a server on a database of its own that holds only those who log in, after something was changed there.
func (l *lab) small(queue string, change func(context.Context, *db.DB) error) (*contender, error) {
	dir, err := os.MkdirTemp(l.dir, "small")
	if err != nil {
		return nil, err
	}
	url := "sqlite:" + filepath.Join(dir, "gatehouse.db")
	conn, err := openMigrated(context.Background(), url)
	if err != nil {
		return nil, err
	}
	members := people{users: len(l.people.hashes), hashes: l.people.hashes, from: l.people.from}
	err = members.fill(context.Background(), conn, 0, l.log)
	if err == nil && change != nil {
		err = change(context.Background(), conn)
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return nil, err
	}
	c := &contender{name: "small", logins: inTurn(l.people.logins())}
	c.command = func() (*exec.Cmd, error) { return l.gatehouse(dir, url, "", queue), nil }
	return c, c.start()
}

// startRound starts each server anew beside the ones that run, which do nothing meanwhile.
func startRound(l *lab, c *contender, add adding) error {
	add(loadedMemory, c.resident())
	if isSQLite(c) {
		return l.startFootprint(add)
	}
	again := *c
	if err := again.start(); err != nil {
		return err
	}
	add(usedStart, ms(again.started))
	add(idleMemory, again.resident())
	return again.stop()
}

// firstRound starts the server anew.
func firstRound(l *lab, c *contender, add adding) error {
	if err := c.stop(); err != nil {
		return err
	}
	if err := c.start(); err != nil {
		return err
	}
	s, err := c.saturate(beginPolled, c.each(), checkConns, 0, l.settings.Period)
	addSpan(add, s)
	return err
}

// startFootprint tells the start with an empty folder and with one in use, and the size of the program.
func (l *lab) startFootprint(add adding) error {
	dir, err := os.MkdirTemp(l.dir, "start")
	if err != nil {
		return err
	}
	c := &contender{name: "gatehouse", command: func() (*exec.Cmd, error) {
		return l.gatehouse(dir, "sqlite:"+filepath.Join(dir, "gatehouse.db"), "", "2s"), nil
	}}
	for _, figure := range []string{emptyStart, usedStart} {
		if err := c.start(); err != nil {
			return err
		}
		add(figure, ms(c.started))
		if figure == usedStart {
			add(idleMemory, c.resident())
		}
		if err := c.stop(); err != nil {
			return err
		}
	}
	info, err := os.Stat(l.program)
	if err == nil {
		add(programSize, float64(info.Size())/(1<<20))
	}
	return err
}

package main

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/migrations"
	"gatehouse/models/account"
	"gatehouse/models/secret"
	"gatehouse/models/session"
	"gatehouse/models/token"
)

const (
	tokenRound = 100 * time.Millisecond // of one act, before what it is compared with has its turn
	holders    = 512                    // people who log in for tokens in turn
)

var tokenNames = token.Names{Issuer: "http://localhost:3000", Audience: "http://localhost:3000"}

// BenchmarkToken tells what the acts of the JWT mode cost below HTTP, one after another in this process, beside the
// check of a cookie. Statements are those sent to the database; BEGIN and COMMIT do not count, though their time does.
func BenchmarkToken(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(string(engine), func(b *testing.B) {
			b.Run("verify", func(b *testing.B) { besideCookie(b, engine, (*desk).verify) })
			b.Run("refresh", func(b *testing.B) { besideCookie(b, engine, (*desk).refresh) })
			b.Run("login", func(b *testing.B) { besideCookie(b, engine, (*desk).login) })
		})
	}
}

// BenchmarkTokenText signs and parses an access token without asking a database: the part of those acts that is not SQL.
func BenchmarkTokenText(b *testing.B) {
	b.Run("ES256", func(b *testing.B) {
		signAndParse(b, token.NewES256(tokenNames, signingKeys(b, dbtest.Open(b, db.SQLite), time.Now())))
	})
	b.Run("HS256", func(b *testing.B) { signAndParse(b, token.NewHS256(tokenNames, []byte(secret.New()), time.Hour)) })
}

func signAndParse(b *testing.B, issuer *token.Issuer) {
	b.Helper()
	now := time.Now()
	claims := token.Claims{Subject: "1", Session: rand.Text(), ID: rand.Text(), IssuedAt: now.Unix(), Expires: now.Add(time.Minute).Unix()}
	text := ""
	sign := func() (err error) { text, err = issuer.Sign(token.Access, claims, now); return err }
	parse := func() error { _, err := issuer.Parse(token.Access, text, now); return err }
	rounds := rounds{}
	for b.Loop() {
		_, us := repeat(b, sign)
		rounds.add("sign-us", us)
		_, us = repeat(b, parse)
		rounds.add("parse-us", us)
	}
	rounds.report(b)
}

// besideCookie measures an act, and the check of a cookie in turn with it.
func besideCookie(b *testing.B, engine db.Engine, prepare func(*desk, *testing.B) func() error) {
	b.Helper()
	d := newDesk(b, engine)
	act, check := prepare(d, b), d.cookie(b)
	rounds := rounds{}
	for b.Loop() {
		_, checkUS := repeat(b, check)
		sent := d.conn.Statements()
		times, us := repeat(b, act)
		rounds.add("statements", float64(d.conn.Statements()-sent)/times)
		rounds.add("us", us)
		rounds.add("cookie-check-us", checkUS)
		rounds.add("of-cookie-check", us/checkUS)
	}
	rounds.report(b)
}

// repeat does an act without pause for a round, and tells how often that was and how many microseconds one took.
func repeat(b *testing.B, act func() error) (times, us float64) {
	b.Helper()
	began := time.Now()
	for time.Since(began) < tokenRound {
		if err := act(); err != nil {
			b.Fatal(err)
		}
		times++
	}
	return times, ms(time.Since(began)) * 1000 / times
}

// desk is where people log in, on a database of its own. The clock is its own too.
type desk struct {
	conn     dbtest.Conn
	accounts *account.Accounts
	now      time.Time
}

func newDesk(b *testing.B, engine db.Engine) *desk {
	b.Helper()
	conn, now := onDisk(b, engine), time.Now()
	issuer := token.NewES256(tokenNames, signingKeys(b, conn, now))
	d := &desk{conn, account.New(conn.DB, unhashed{}, issuer, secret.Marks{}, sessionRules), now}
	for i := range holders {
		in := account.Application{Email: holder(i).Email, Password: "correct horse"}
		if _, err := d.accounts.Register(b.Context(), in, account.Visitor{}, now); err != nil {
			b.Fatal(err)
		}
	}
	return d
}

// onDisk opens a fresh database; the embedded one is on the disk of TMPDIR, so that a login and a refresh wait for it as
// they do in production. The throw-away MariaDB of the tests lets no commit wait for a disk (see db/dbtest).
func onDisk(b *testing.B, engine db.Engine) dbtest.Conn {
	b.Helper()
	if engine != db.SQLite {
		return dbtest.Open(b, engine)
	}
	url := "sqlite:" + filepath.Join(b.TempDir(), "gatehouse.db")
	if err := migrations.Up(b.Context(), db.Options{URL: url}); err != nil {
		b.Fatal(err)
	}
	return dbtest.OpenURL(b, url)
}

func signingKeys(b *testing.B, conn dbtest.Conn, now time.Time) *token.Keys {
	b.Helper()
	l := sessionRules.Sessions
	rules := token.Rules{Lifetime: 720 * time.Hour, TokenLife: l.Refresh, Keep: l.Family + l.Refresh}
	keys, err := token.OpenKeys(b.Context(), conn.DB, [][]byte{[]byte(secret.New())}, rules, now)
	if err == nil {
		err = keys.Begin(b.Context(), now)
	}
	if err != nil {
		b.Fatal(err)
	}
	return keys
}

func holder(i int) account.Credentials {
	return account.Credentials{Email: fmt.Sprintf("user%d@example.com", i), Password: "correct horse"}
}

// cookie checks one cookie, as every request does that comes with one.
func (d *desk) cookie(b *testing.B) func() error {
	b.Helper()
	now := d.now
	in, err := d.accounts.SignIn(b.Context(), holder(0), account.Visitor{Device: laptop}, now)
	if err != nil {
		b.Fatal(err)
	}
	v := account.Visitor{Secrets: []session.Secret{in.Secret}, Device: laptop}
	return func() error { _, err := d.accounts.Current(b.Context(), v.Secrets, now); return err }
}

// verify checks one access token, as /auth/verify does and every request that comes with one.
func (d *desk) verify(b *testing.B) func() error {
	b.Helper()
	now, in := d.now, d.issued(b)
	return func() error { _, _, err := d.accounts.Bearer(b.Context(), in.Access, now); return err }
}

// refresh exchanges the refresh tokens of one family, one a millisecond by the clock of the desk.
func (d *desk) refresh(b *testing.B) func() error {
	b.Helper()
	in := d.issued(b)
	return func() (err error) {
		d.now = d.now.Add(time.Millisecond)
		in, err = d.accounts.Refresh(b.Context(), in.Refresh, d.now)
		return err
	}
}

// login lets the holders log in in turn, ten a second by the clock of the desk: nobody has so many live families that
// the oldest must end, which would be one statement more.
func (d *desk) login(b *testing.B) func() error {
	b.Helper()
	i := 0
	return func() error {
		i, d.now = i+1, d.now.Add(100*time.Millisecond)
		_, err := d.accounts.SignInForTokens(b.Context(), holder(i%holders), account.Visitor{Device: laptop}, d.now)
		return err
	}
}

func (d *desk) issued(b *testing.B) account.Issued {
	b.Helper()
	in, err := d.accounts.SignInForTokens(b.Context(), holder(0), account.Visitor{Device: laptop}, d.now)
	if err != nil {
		b.Fatal(err)
	}
	return in
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

type growthCommand struct {
	Users     int           `default:"1000000" help:"Users of the big table."`
	Sessions  int           `default:"2000000" help:"Sessions of the big table."`
	Smaller   int           `default:"100" help:"How many times smaller the small table is."`
	Rounds    int           `default:"5" help:"Rounds of each table, in turn."`
	Period    time.Duration `default:"1s" help:"How long a round of one act is."`
	NoMariaDB bool          `name:"no-mariadb" help:"Measure SQLite alone."`
	Docs      string        `type:"existingdir" help:"Write the tables into performance.md in this folder."`
}

// engines are what growth is measured on, with the URL of a database of each name.
type engine struct {
	name string
	url  func(database string) (string, error)
}

// Run fills two databases of each engine and measures the acts on both in turn.
func (g *growthCommand) Run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "gatehouse-growth-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	engines := []engine{{"SQLite", func(name string) (string, error) { return "sqlite:" + filepath.Join(dir, name+".db"), nil }}}
	if !g.NoMariaDB {
		server, err := dbtest.Start(dir, "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=2G", "--innodb-log-file-size=512M")
		if err != nil {
			return err
		}
		defer func() { _ = server.Stop() }()
		engines = append(engines, engine{"MariaDB", func(name string) (string, error) { return server.SocketURL(name), server.Create(ctx, name) }})
	}
	var page strings.Builder
	fmt.Fprintf(&page, "%s, %s: %d users and %d sessions beside %d and %d, %s of %s.\n", time.Now().UTC().Format(time.DateOnly), machine(),
		g.Users, g.Sessions, g.Users/g.Smaller, g.Sessions/g.Smaller, plural(g.Rounds, "round"), g.Period)
	for _, e := range engines {
		found, err := g.measure(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		page.WriteString(growthTable(found, e.name))
	}
	fmt.Print(page.String())
	if g.Docs == "" {
		return nil
	}
	return growthPlace.fill(filepath.Join(g.Docs, "performance.md"), page.String())
}

func (g *growthCommand) measure(ctx context.Context, e engine) (*results, error) {
	small, err := g.open(ctx, e, "small", g.Users/g.Smaller, g.Sessions/g.Smaller)
	if err != nil {
		return nil, err
	}
	defer small.conn.Close()
	big, err := g.open(ctx, e, "big", g.Users, g.Sessions)
	if err != nil {
		return nil, err
	}
	defer big.conn.Close()
	found := &results{}
	for _, act := range acts {
		for range g.Rounds {
			for _, t := range []*table{small, big} {
				took, err := act.round(t, ctx, g.Period)
				if err != nil {
					return nil, fmt.Errorf("%s on the %s table: %w", act.name, t.name, err)
				}
				found.add(e.name, t.name, act.name, took)
			}
		}
	}
	return found, nil
}

// open fills a database and opens it as the server does.
func (g *growthCommand) open(ctx context.Context, e engine, name string, users, sessions int) (*table, error) {
	url, err := e.url(name)
	if err != nil {
		return nil, err
	}
	p, err := populate(ctx, url, users, sessions)
	if err != nil {
		return nil, err
	}
	conn, err := db.Open(ctx, db.Options{URL: url, Timeout: fillTimeout})
	if err != nil {
		return nil, err
	}
	return newTable(name, conn, p), nil
}

// populate fills an empty database and tells how long that took.
func populate(ctx context.Context, url string, users, sessions int) (people, error) {
	began := time.Now()
	p, err := newPeople(users, sessions, 1, 10, began)
	if err != nil {
		return people{}, err
	}
	conn, err := openMigrated(ctx, url)
	if err != nil {
		return people{}, err
	}
	err = p.fill(ctx, conn, sessions, os.Stderr)
	if err = errors.Join(err, conn.Close()); err == nil {
		fmt.Fprintf(os.Stderr, "%d users and %d sessions in %s\n", users, sessions, time.Since(began).Round(time.Second/10))
	}
	return p, err
}

func growthTable(found *results, engine string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n| %s, µs | small | big | big of small |\n| --- | --- | --- | --- |\n", engine)
	for _, a := range acts {
		act := a.name
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", act, spread(found.of(engine, "small", act)), spread(found.of(engine, "big", act)),
			spread(found.ratio(engine, "big", act, "small")))
	}
	return b.String()
}

type generateCommand struct {
	URL      string `arg:"" name:"database-url" help:"An empty database: sqlite:PATH or mysql://USER:PASSWORD@HOST:PORT/NAME."`
	Users    int    `default:"1000000" help:"How many users."`
	Sessions int    `default:"2000000" help:"How many sessions, the users' in turn."`
}

// Run fills a database for whoever wants to look at it by themselves.
func (g *generateCommand) Run(ctx context.Context) error {
	if _, err := populate(ctx, g.URL, g.Users, g.Sessions); err != nil {
		return err
	}
	fmt.Printf("The first session is that of user %s, password %q:\n  curl -b '%s' http://localhost:3000/api/users/me\n",
		email(0), password(0), gatehouseCookie(0))
	return nil
}

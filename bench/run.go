package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// settings are those of a run. Members are users who log in, each with a hash of its own.
type settings struct {
	Rounds    int           `default:"5" help:"Rounds of each server, in turn with the others."`
	Period    time.Duration `default:"3s" help:"How long a round of one server is."`
	Cost      int           `default:"10" help:"The bcrypt cost of every hash: 10 or 12, to compare."`
	Sessions  int           `default:"100000" help:"Live sessions, over which the checks are spread."`
	Members   int           `default:"64" help:"Users who log in."`
	Only      []string      `help:"Measure only these: checks, touches, logins, flood, overflow, refusals, start, first."`
	Program   string        `json:"-" type:"existingfile" help:"Measure this program instead of building one."`
	NoExpress bool          `help:"Leave out Express, which needs node and npm."`
	Quick     bool          `help:"A short run that only shows that this still works: SQLite, few sessions, one round, cheap hashes."`
}

type runCommand struct {
	settings `embed:""`

	Docs string `type:"existingdir" help:"Write performance.json and performance.svg into this folder, and the tables into its performance.md."`
}

// Run measures and prints the tables.
func (r *runCommand) Run(ctx context.Context) error {
	found, err := measureAll(ctx, r.shortened(), os.Stderr)
	if err != nil {
		return err
	}
	fmt.Print(found.markdown())
	if r.Docs == "" {
		return nil
	}
	return errors.Join(
		found.save(filepath.Join(r.Docs, "performance.json")),
		os.WriteFile(filepath.Join(r.Docs, "performance.svg"), []byte(found.plot()), 0o644),
		figuresPlace.fill(filepath.Join(r.Docs, "performance.md"), found.markdown()),
	)
}

// check refuses what would measure nothing, before tables that stand in the docs are replaced.
func (s settings) check() error {
	switch {
	case s.Rounds < 1:
		return errors.New("--rounds must be at least 1")
	case s.Period <= 0:
		return errors.New("--period must be more than nothing")
	case s.Cost < bcrypt.MinCost || s.Cost > bcrypt.MaxCost:
		return fmt.Errorf("--cost must be from %d to %d", bcrypt.MinCost, bcrypt.MaxCost)
	case s.Members <= ordinaryMember || s.Sessions <= s.Members:
		return fmt.Errorf("--members must be more than %d, and --sessions more than those", ordinaryMember)
	}
	return nil
}

func (s settings) shortened() settings {
	if s.Quick {
		s.Rounds, s.Period, s.Cost, s.Sessions, s.Members, s.NoExpress = 1, 50*time.Millisecond, 4, 1000, 64, true
	}
	return s
}

// measureAll runs every measure, its rounds in turn among the contenders.
func measureAll(ctx context.Context, s settings, log io.Writer) (*results, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	for _, name := range s.Only {
		if !slices.ContainsFunc(measures, func(m measure) bool { return m.name == name }) {
			return nil, fmt.Errorf("there is nothing called %q to measure", name)
		}
	}
	l, err := setUp(ctx, s, log)
	if err != nil {
		return nil, err
	}
	if err := l.warmUp(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	found := &results{About: l.about(ctx)}
	for _, m := range measures {
		if len(s.Only) > 0 && !slices.Contains(s.Only, m.name) {
			continue
		}
		if err := l.alternate(ctx, m, found); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return found, l.close()
}

// alternate goes round the contenders, each time from another one on, so that none always follows the same.
func (l *lab) alternate(ctx context.Context, m measure, found *results) error {
	var in []*contender
	for _, c := range l.contenders {
		if m.takes(c) {
			in = append(in, c)
		}
	}
	short := *l
	short.settings.Period /= time.Duration(m.parts)
	rounds := l.settings.Rounds * m.parts
	for round := range rounds {
		fmt.Fprintf(l.log, "%s: round %d of %d\n", m.name, round+1, rounds)
		for i := range in {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := in[(round+i)%len(in)]
			err := m.round(&short, c, func(figure string, value float64) { found.add(m.name, c.name, figure, value) })
			if err != nil {
				return fmt.Errorf("%s of %s: %w", m.name, c.name, err)
			}
		}
	}
	return nil
}

package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/config"
	"gatehouse/models/event"
)

type eventsCommand struct {
	config.Settings
	printing
	User  string        `help:"Only those of one user, named by id or e-mail address. A user who was deleted has only the id left."`
	Kind  string        `help:"Only those of one kind, such as user_deleted or sign_in_failed; an unknown one is answered with the list."`
	Since time.Duration `placeholder:"TIME" help:"Only those of the last 90m, 24h, 720h, ..."`
	Limit int           `default:"50" help:"How many at most; 0 for all."`
}

// Validate is called by kong before anything is read.
func (k *eventsCommand) Validate() error {
	switch {
	case k.Kind != "" && !slices.Contains(event.Kinds, event.Kind(k.Kind)):
		return fmt.Errorf("--kind: there are no events %q; known are %s", k.Kind, knownKinds())
	case k.Since < 0:
		return errors.New("--since: must not be negative")
	case k.Limit < 0:
		return errors.New("--limit: must not be negative")
	}
	return nil
}

func (k *eventsCommand) Run(ctx context.Context, p *program) error {
	return inOffice(ctx, p, k.Settings, func(o office) error {
		filter, err := k.filter(ctx, o)
		if err != nil {
			return err
		}
		events := event.In(o.conn)
		if k.JSON {
			return events.List(ctx, filter, func(e event.Event) error { return o.printJSON(e) })
		}
		t := o.table("TIME", "EVENT", "USER", "BY", "IP", "DETAIL")
		err = events.List(ctx, filter, func(e event.Event) error {
			t.row(moment(e.At), string(e.Kind), orDash(subject(e)), actor(e), orDash(e.IP), orDash(e.Detail))
			return nil
		})
		if err != nil {
			return err
		}
		return t.Flush()
	})
}

func (k *eventsCommand) filter(ctx context.Context, o office) (event.Filter, error) {
	f := event.Filter{Kind: event.Kind(k.Kind), Limit: k.Limit}
	if k.Since > 0 {
		f.Since = o.now.Add(-k.Since)
	}
	if k.User == "" {
		return f, nil
	}
	if id, err := strconv.ParseInt(k.User, 10, 64); err == nil && id != 0 {
		f.UserID = id // who may have been deleted since
		return f, nil
	}
	u, err := o.accounts.Lookup(ctx, k.User)
	if err != nil {
		return f, notLookedUp(k.User, err)
	}
	f.UserID = u.ID
	return f, nil
}

// knownKinds lists them, a few on a line.
func knownKinds() string {
	var lines []string
	for some := range slices.Chunk(event.Kinds, 5) {
		var names []string
		for _, kind := range some {
			names = append(names, string(kind))
		}
		lines = append(lines, strings.Join(names, ", "))
	}
	return strings.Join(lines, ",\n  ")
}

// actor names an admin by the id.
func actor(e event.Event) string {
	if e.ActorID == 0 {
		return string(e.Actor)
	}
	return fmt.Sprintf("%s %d", e.Actor, e.ActorID)
}

func subject(e event.Event) string {
	if e.UserID == 0 {
		return ""
	}
	return strconv.FormatInt(e.UserID, 10)
}

package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
	"gatehouse/models/adoption"
)

// watch adopts again and again. Only its caller ends it, or who finishes or undoes the adoption elsewhere.
func (r *adoptRun) watch(ctx context.Context, every time.Duration) error {
	if err := r.adopter.Begin(ctx, time.Now()); err != nil {
		return adoptionExplained(err)
	}
	r.say("Watching the table; Ctrl-C stops it.")
	var sum adoption.Outcome
	w := &watchRun{adoptRun: r}
	tick := time.NewTicker(max(every, 10*time.Millisecond))
	defer tick.Stop()
	for ctx.Err() == nil {
		done, err := r.adopter.Adopt(ctx, func(int) {})
		if errors.Is(err, adoption.ErrNoAdoption) || errors.Is(err, adoption.ErrUndoing) {
			r.say("The adoption was finished or undone elsewhere.")
			break
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, db.ErrUnavailable) {
			return adoptionExplained(err)
		}
		w.tell(done, err)
		sum.Add(done)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	r.tell(sum)
	return nil
}

// watchRun tells what each round found, and nothing twice.
type watchRun struct {
	*adoptRun
	undecided int
	away      bool // the database
}

func (w *watchRun) tell(done adoption.Outcome, err error) {
	if away := errors.Is(err, db.ErrUnavailable); away != w.away && !errors.Is(err, context.Canceled) {
		w.away = away
		w.note("%s", map[bool]string{true: "the database is not available; trying again", false: "the database is available again"}[away])
	}
	if done.Made() > 0 {
		w.note("adopted %d", done.Made())
	}
	if n := w.adopter.Undecided(); err == nil && n != w.undecided {
		w.undecided = n
		hint := ""
		if n > 0 {
			hint = "; say what they are with --format"
		}
		w.note("undecided %d%s", n, hint)
	}
}

func (w *watchRun) note(format string, args ...any) {
	w.say("%s  %s", time.Now().UTC().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

package commands

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/token"
)

// How often the database is tended, and in what portions rows are cleared away: small enough that nobody notices.
const (
	tendEvery  = token.ReadEvery
	sweepEvery = time.Hour
	cleanBatch = 200
)

// task is something to do every tendEvery; failed says in the log that it was not done.
type task struct {
	failed string
	do     func(ctx context.Context, now time.Time) error
}

// upkeep lists what a server does beside answering. keys is nil with HS256.
func upkeep(cfg config.Config, conn *db.DB, keys *token.Keys, look func(context.Context) error, log *slog.Logger) []task {
	tasks := []task{
		{"ended sessions were not cleared away", cleanSessions(session.In(conn))},
		{"expired tokens were not taken off the blacklist", func(ctx context.Context, now time.Time) error {
			return token.BlacklistIn(conn).Clean(ctx, cleanBatch, now)
		}},
		{"expired counters of attempts were not cleared away", func(ctx context.Context, now time.Time) error {
			return throttle.In(conn).Clean(ctx, cleanBatch, now)
		}},
		{"devices that are used no more were not forgotten", func(ctx context.Context, now time.Time) error {
			return device.In(conn).Clean(ctx, cleanBatch, now.Add(-cfg.Limits.DeviceLifetime))
		}},
		{"old events were not cleared away", func(ctx context.Context, now time.Time) error {
			return event.In(conn).Clean(ctx, cleanBatch, now.Add(-cfg.EventLifetime))
		}},
		{"expired links were not cleared away", func(ctx context.Context, now time.Time) error {
			return link.In(conn).Clean(ctx, cleanBatch, now)
		}},
	}
	tasks = append(tasks, task{"the users table was not looked at", once(look)}) // not at the start, which it would delay: it reads all rows
	if keys != nil {
		tasks = append(tasks, task{"signing keys were not read or renewed", tendKeys(keys, log)})
	}
	return tasks
}

// once repeats an act until it has worked, and then never again.
func once(act func(context.Context) error) func(context.Context, time.Time) error {
	done := false
	return func(ctx context.Context, _ time.Time) error {
		if done {
			return nil
		}
		err := act(ctx)
		done = err == nil
		return err
	}
}

// tellWhoCannotSignIn warns of users that an operator can help.
func tellWhoCannotSignIn(cfg config.Config, conn *db.DB, secrets config.Secrets, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		s, err := lookAtUsers(ctx, cfg, conn, everyColumn, secrets)
		if err != nil {
			return err // what was counted before is not all
		}
		for _, sentence := range passwordTraps(s) {
			log.Warn(sentence)
		}
		return nil
	}
}

// tendKeys logs each change of the keys, whichever server made it.
func tendKeys(keys *token.Keys, log *slog.Logger) func(context.Context, time.Time) error {
	states := map[string]token.State{}
	note := func(now time.Time, tell bool) {
		for _, key := range keys.List(now) {
			if states[key.ID] != key.State && tell {
				log.Info("signing key", "kid", key.ID, "state", key.State, "signsFrom", moment(key.ActiveFrom))
			}
			states[key.ID] = key.State
		}
	}
	note(time.Now(), false)
	return func(ctx context.Context, now time.Time) error {
		err := keys.Tend(ctx, now)
		note(now, true)
		return err
	}
}

func cleanSessions(sessions session.Store) func(context.Context, time.Time) error {
	var swept time.Time
	return func(ctx context.Context, now time.Time) error {
		sweep := now.Sub(swept) >= sweepEvery
		err := sessions.Clean(ctx, cleanBatch, sweep, now)
		if err == nil && sweep {
			swept = now
		}
		return err
	}
}

// startUpkeep does the tasks again and again until ctx ends, then closes the channel. None waits for another: much to
// clear away must not keep the keys from being read.
func startUpkeep(ctx context.Context, tasks []task, log *slog.Logger) <-chan struct{} {
	var running sync.WaitGroup
	for _, t := range tasks {
		running.Go(func() { t.repeat(ctx, log) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		running.Wait()
	}()
	return done
}

func (t task) repeat(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		if err := t.do(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn(t.failed+"; it is tried again", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

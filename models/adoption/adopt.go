package adoption

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gatehouse/db"
	"gatehouse/models/user"
)

// Outcome counts what a run did.
type Outcome struct {
	Hashed    int `json:"hashed"`    // plain texts that got a hash
	Wrapped   int `json:"wrapped"`   // weak hashes that were wrapped
	Respelled int `json:"respelled"` // hashes of other programs that were written as we write them
	Keys      int `json:"keys"`      // addresses that got their canonical form
	Changed   int `json:"changed"`   // rows that somebody changed meanwhile; the next run takes them
	Moved     int `json:"moved"`     // hashes that now stand in password
}

func (o *Outcome) count(t treatment) {
	switch t {
	case wrap:
		o.Wrapped++
	case respell:
		o.Respelled++
	default:
		o.Hashed++
	}
}

// Made is how many rows got a hash.
func (o Outcome) Made() int { return o.Hashed + o.Wrapped + o.Respelled }

// Add counts what another run did.
func (o *Outcome) Add(more Outcome) {
	o.Hashed += more.Hashed
	o.Wrapped += more.Wrapped
	o.Respelled += more.Respelled
	o.Keys += more.Keys
	o.Changed += more.Changed
	o.Moved += more.Moved
}

const (
	pageRows  = 200
	batchRows = 100 // written in one transaction, for which others wait
	// perWorker bounds how much work is lost when the program is killed: so many hashes of each worker.
	perWorker = 8
)

// Adopt makes a hash for every row that needs one and has none that fits its present text. step is called with
// the number of rows that have been handled. Errors: ErrNoAdoption, ErrUndoing.
func (a *Adopter) Adopt(ctx context.Context, step func(rows int)) (Outcome, error) {
	var sum Outcome
	switch state, err := user.In(a.db).Adoption(ctx); {
	case err != nil:
		return sum, err
	case !slices.Contains(adopting, state):
		return sum, refusal(state)
	}
	if err := a.findShared(ctx); err != nil {
		return sum, err
	}
	if err := a.findOversalted(ctx); err != nil {
		return sum, err
	}
	a.undecided = 0
	err := a.pages(ctx, func(page []user.Stored) error {
		a.countUndecided(page)
		for len(page) > 0 {
			n := a.portion(page)
			done, err := a.take(ctx, page[:n])
			if err != nil {
				return err
			}
			sum.Add(done)
			step(n)
			page = page[n:]
		}
		return nil
	})
	return sum, err
}

// Undecided is how many rows the last run of Adopt left because nobody has said whether they are hashes or plain text.
func (a *Adopter) Undecided() int { return a.undecided }

func (a *Adopter) countUndecided(page []user.Stored) {
	for _, u := range page {
		if a.wants(u) == undecided {
			a.undecided++
		}
	}
}

// pages calls each with all users, a page at a time.
func (a *Adopter) pages(ctx context.Context, each func([]user.Stored) error) error {
	for last := int64(math.MinInt64); ; {
		page, err := user.In(a.db).Page(ctx, last, pageRows)
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1].ID
		if err := each(page); err != nil {
			return err
		}
	}
}

// portion is how many rows of a page make one transaction.
func (a *Adopter) portion(page []user.Stored) int {
	costly := 0
	for i, u := range page {
		if a.wants(u).makes() {
			costly++
		}
		if costly == perWorker*a.workers || i+1 == batchRows {
			return i + 1
		}
	}
	return len(page)
}

// wants tells what is to become of a row's password; nothing where that was done already.
func (a *Adopter) wants(u user.Stored) treatment {
	if fits, _ := a.fits(u); fits {
		return leave
	}
	return a.plan.treatOf(u, a.oversalted)
}

// fits tells whether the own hash of a row was made of the text that stands in password, and whether its mark is under an
// older secret than the first.
func (a *Adopter) fits(u user.Stored) (fits, old bool) {
	if u.OwnHash == "" {
		return false, false
	}
	return a.marks.Fits(u.OwnMark, u.ID, u.Password)
}

// take handles some rows: the hashes first, on all workers, then all writes in one short transaction.
func (a *Adopter) take(ctx context.Context, rows []user.Stored) (Outcome, error) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(u user.Stored) bool { return !a.needs(u) })
	hashes, err := a.hashes(ctx, rows)
	if err != nil {
		return Outcome{}, err
	}
	return a.change(ctx, rows, user.NoAdoption, func(ctx context.Context, users user.Store, u user.Stored, done *Outcome) error {
		if err := a.keepHash(ctx, users, u, hashes[u.ID], done); err != nil {
			return err
		}
		return a.giveKey(ctx, users, u, done)
	})
}

// needs tells whether anything at all is to be written into a row.
func (a *Adopter) needs(u user.Stored) bool {
	fits, old := a.fits(u)
	return a.wants(u).makes() || old || !fits && u.OwnHash != "" || a.lacksKey(u)
}

// keepHash stores a new hash of a row, renews an old mark, or forgets a hash whose text has gone.
func (a *Adopter) keepHash(ctx context.Context, users user.Store, u user.Stored, made string, done *Outcome) error {
	fits, old := a.fits(u)
	switch {
	case made != "":
		done.count(a.plan.treat(u.Password))
		return users.SetOwnHash(ctx, u.ID, made, a.marks.Of(u.ID, u.Password))
	case old:
		return users.SetOwnHash(ctx, u.ID, u.OwnHash, a.marks.Of(u.ID, u.Password))
	case !fits && u.OwnHash != "":
		return users.SetOwnHash(ctx, u.ID, "", nil)
	}
	return nil
}

// write changes one row, which is locked, and counts what it did.
type write func(ctx context.Context, users user.Store, u user.Stored, done *Outcome) error

// one counts a row that has been deleted as changed: what a transaction of MySQL has read once, it may see as it was.
func (w write) one(ctx context.Context, users user.Store, u user.Stored, done *Outcome) error {
	before := *done
	err := w(ctx, users, u, done)
	if errors.Is(err, user.ErrNotFound) {
		*done = before
		done.Changed++
		return nil
	}
	return err
}

// adopting are the stages at which hashes are made and moved.
var adopting = []user.Adoption{user.Open, user.Finishing}

// change writes to those of the rows whose password, and what adopt made of it, are still what was read; and to none if the
// adoption is at another stage. With the first row it brings the adoption to the next stage, if there is one.
func (a *Adopter) change(ctx context.Context, rows []user.Stored, next user.Adoption, each write) (Outcome, error) {
	var done Outcome
	if len(rows) == 0 {
		return done, nil
	}
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		done = Outcome{}
		users := user.In(tx)
		if err := hold(ctx, users, adopting...); err != nil {
			return err
		}
		if err := a.guard(ctx, tx); err != nil {
			return err
		}
		if next != user.NoAdoption {
			if err := users.SetAdoption(ctx, next); err != nil {
				return err
			}
		}
		ids := make([]int64, len(rows))
		for i, u := range rows {
			ids[i] = u.ID
		}
		present, err := users.Lock(ctx, ids)
		if err != nil {
			return err
		}
		for _, u := range rows {
			now, there := present[u.ID]
			if !there || now.Password != u.Password || now.OwnHash != u.OwnHash || !bytes.Equal(now.OwnMark, u.OwnMark) {
				done.Changed++
				continue
			}
			if err := each.one(ctx, users, now, &done); err != nil {
				return fmt.Errorf("user %d: %w", u.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	return done, nil
}

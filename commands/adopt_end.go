package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
	"gatehouse/models/adoption"
	"gatehouse/models/user"
)

func (r *adoptRun) finish(ctx context.Context, leaveUndecided, yes bool) error {
	before, err := r.look(ctx)
	if err != nil {
		return err
	}
	ask := !yes && before.State == user.Open
	if ask && !r.confirmed(ctx, fmt.Sprintf("Put the hashes of %s in the place of their old passwords? Only a backup brings those back.", counted(before.Adopted+before.Waiting, "user", "users"))) {
		return errors.New("no hash was moved; --yes does not ask")
	}
	bar := newProgress(r.program, "Finishing", int64(before.Users))
	done, err := r.adopter.Finish(ctx, leaveUndecided, time.Now, func(rows int) { bar.add(int64(rows)) })
	bar.done()
	if errors.Is(err, adoption.ErrUndecided) {
		err = cmp.Or(r.tellUndecided(before, done), err)
	}
	if err != nil {
		return r.interrupted(ctx, err, done)
	}
	after, err := r.look(ctx)
	if err != nil {
		return err
	}
	if r.json {
		return r.printJSON(adopted{Done: done, Left: after})
	}
	r.tell(done)
	r.say("Moved %s into password: a program that compares plain text signs nobody in any more.", counted(done.Moved, "hash", "hashes"))
	left(r.program, after)
	return nil
}

func (r *adoptRun) tellUndecided(s adoption.Survey, done adoption.Outcome) error {
	if r.json {
		return r.printJSON(adopted{Done: done, Left: s})
	}
	left(r.program, s)
	return nil
}

func (k *adoptCommand) undo(ctx context.Context, p *program, conn *db.DB) error {
	n, err := adoption.Undo(ctx, conn, time.Now)
	if err != nil {
		return adoptionExplained(err)
	}
	if k.JSON {
		return p.printJSON(struct {
			Forgotten int `json:"forgotten"`
		}{n})
	}
	p.say("Forgot the hashes of %s. The column password is as the old program and its users left it.", counted(n, "user", "users"))
	p.say("Who was given a password at Gatehouse meanwhile has it there as bcrypt, so the old program does not sign them in.")
	p.say("The added columns and the width of password stay; they do no harm. Plain-text passwords sign in at Gatehouse only after another `gatehouse adopt`.")
	return nil
}

func adoptionExplained(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; run it again to go on from here")
	case errors.Is(err, adoption.ErrNoAdoption):
		return errors.New("no adoption is open: `gatehouse adopt` begins one")
	case errors.Is(err, adoption.ErrFinishing):
		return errors.New("--finish has begun to move hashes into password, so there is no way back; run `gatehouse adopt --finish` again")
	case errors.Is(err, adoption.ErrUndoing):
		return errors.New("--undo has begun to forget the hashes; run `gatehouse adopt --undo` again, to its end")
	case errors.Is(err, adoption.ErrUndecided):
		return errors.New("some passwords could be hashes or plain text, or are nothing that signs in: say what they are with --format, or leave them as they are with --leave-undecided; `gatehouse adopt --dry-run` counts them")
	case errors.Is(err, adoption.ErrAltered):
		return fmt.Errorf("%w, and nothing was lost: a trigger on users, perhaps; take it away, then run this again", err)
	case errors.Is(err, adoption.ErrStillWritten):
		return errors.New("the old program still writes passwords; stop it, then run `gatehouse adopt --finish` again")
	}
	return err
}

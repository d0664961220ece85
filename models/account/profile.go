package account

import (
	"context"
	"strings"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

// Change is what is to become of one field: nothing, or a new value, nil to forget it.
type Change struct {
	Set   bool
	Value *string
}

// Changes are what a user wants to say differently of themselves.
type Changes struct {
	Name, Gender Change
}

// Fields names those that are to change.
func (ch Changes) Fields() []string {
	var names []string
	if ch.Name.Set {
		names = append(names, "name")
	}
	if ch.Gender.Set {
		names = append(names, "gender")
	}
	return names
}

// UpdateProfile stores what the user says of themselves and returns the user. Errors: *InvalidError.
func (a *Accounts) UpdateProfile(ctx context.Context, c Current, ch Changes, now time.Time) (user.User, error) {
	problems := user.Profile{Name: ch.Name.Value, Gender: ch.Gender.Value}.Check()
	if problems != nil {
		return user.User{}, &InvalidError{Fields: problems}
	}
	var u user.Stored
	err := a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		users := user.In(tx)
		if ch.Name.Set {
			err = users.SetName(ctx, c.User.ID, ch.Name.Value)
		}
		if ch.Gender.Set && err == nil {
			err = users.SetGender(ctx, c.User.ID, ch.Gender.Value)
		}
		if fields := ch.Fields(); len(fields) > 0 && err == nil {
			err = event.In(tx).Add(ctx, event.ProfileChanged, c.User.ID, strings.Join(fields, ", "), now)
		}
		if err == nil {
			u, err = users.Find(ctx, c.User.ID)
		}
		return err
	})
	return u.User, storable(err)
}

// Package adoption takes over the passwords of a users table that an older program made and still uses. It hashes plain
// text into a column of our own, beside the column password, which stays as it is until Finish: so both programs sign
// people in. Every write depends on the very text that was read, so that it never undoes what somebody does meanwhile, and
// each act can be killed and run again.
package adoption

import (
	"context"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/secret"
)

// Passwords makes hashes; the pool of hash workers does it in the program.
type Passwords interface {
	Hash(ctx context.Context, plain string) (string, error)
	Wrap(ctx context.Context, hex string, s password.Scheme) (string, error)
}

// Adopter adopts the users of a database. It does one act at a time.
type Adopter struct {
	db        *db.DB
	passwords Passwords
	workers   int
	marks     secret.Marks
	plan      Plan
	guard     Guard
	shared    map[string]bool // addresses of several rows

	oversalted map[int64]bool // rows with a salt that is too long
	undecided  int            // rows that the last run left for want of a word
}

// Guard refuses to go on where marks of ours would be of no use to the servers, because their secret was changed.
type Guard func(ctx context.Context, q db.Querier) error

// New returns an adopter that has as many hashes made at once as there are workers. It writes nothing that the guard
// refuses.
func New(conn *db.DB, passwords Passwords, workers int, marks secret.Marks, plan Plan, guard Guard) *Adopter {
	return &Adopter{db: conn, passwords: passwords, workers: max(1, workers), marks: marks, plan: plan, guard: guard}
}

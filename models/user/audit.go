package user

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"sort"

	"gatehouse/db"
)

// Audit is what stands in a users table, as far as it matters to those who want to sign in.
type Audit struct {
	Users         int
	Disabled      int      // state is not 1
	InvalidEmail  int      // the address could not sign up
	SharedEmail   []string // addresses that several rows have, so that none of them signs in; the first few
	SharedEmails  int      // how many such addresses there are
	SharedHolders int      // rows with such an address
}

// forEach calls f for every user, in the order of their ids, a page at a time. It reads the columns that every users
// table has, so that it also works before ours have been added.
func (s Store) forEach(ctx context.Context, f func(Stored)) error {
	last := int64(math.MinInt64)
	for {
		rows := 0
		err := s.q.Query(ctx, func(row db.Row) error {
			var email, state, password sql.NullString
			if err := row.Scan(&last, &email, &state, &password); err != nil {
				return err
			}
			rows++
			f(Stored{User: User{ID: last, Email: email.String, State: number(state)}, Password: password.String})
			return nil
		}, "SELECT id, email, state, password FROM users WHERE id > ? ORDER BY id LIMIT ?", last, pageSize)
		if err != nil {
			return fmt.Errorf("read users: %w", err)
		}
		if rows < pageSize {
			return nil
		}
	}
}

// Audit looks at every user, and calls hash with the password of each.
func (s Store) Audit(ctx context.Context, hash func(string)) (Audit, error) {
	var a Audit
	holders := map[string]int{}
	err := s.forEach(ctx, func(u Stored) {
		a.Users++
		if !u.Active() {
			a.Disabled++
		}
		if email, err := ParseEmail(u.Email); err == nil {
			holders[email.Key()]++
		} else {
			a.InvalidEmail++
		}
		hash(u.Password)
	})
	for address, n := range holders {
		if n > 1 {
			a.SharedEmail = append(a.SharedEmail, address)
			a.SharedHolders += n
		}
	}
	sort.Strings(a.SharedEmail)
	a.SharedEmails = len(a.SharedEmail)
	a.SharedEmail = a.SharedEmail[:min(len(a.SharedEmail), 10)]
	return a, err
}

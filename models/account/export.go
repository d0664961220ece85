package account

import (
	"context"
	"math"
	"time"

	"gatehouse/models/password"
	"gatehouse/models/transfer"
	"gatehouse/models/user"
)

// Exported is a user as a file is to have them, and what the file cannot tell.
type Exported struct {
	transfer.Person
	Plain   bool   // the password is no hash that Gatehouse knows, and is left out
	Problem string // why an import would refuse them, or nothing
}

// Export calls each for every user, in the order of their ids. A text that is no known hash never leaves the database.
func (a *Accounts) Export(ctx context.Context, each func(Exported) error) error {
	rules := &Import{o: ImportOptions{Admins: true, MaxID: math.MaxInt64}}
	holders := map[string]bool{}
	return user.In(a.db).ListStored(ctx, func(row user.Stored) error {
		u := a.adopted(row)
		e := Exported{Person: person(row), Plain: u.Password != "" && exported(u) == ""}
		e.Password = exported(u)
		c, problem := rules.admit(e.Person)
		switch key := c.Email.Key(); {
		case problem != "":
			e.Problem = problem
		case e.ID <= 0 || e.ID > transfer.MaxID:
			e.Problem = "id is not one that an import takes"
		case holders[key]:
			e.Problem = "email is that of another user too"
		default:
			holders[key] = true
		}
		return each(e)
	})
}

// exported is the hash that counts, if it is one, and nothing else that may stand in a row.
func exported(u user.Stored) string {
	hash, _ := password.Normalize(u.Hash())
	return hash
}

// person is what a file tells of a user; not the password.
func person(row user.Stored) transfer.Person {
	p := transfer.Person{
		ID: row.ID, Email: row.Email, Name: row.Name, Gender: row.Gender, State: &row.State, Verified: row.Verified, Admin: &row.Admin,
	}
	if email, err := user.ParseEmail(row.Email); err == nil {
		p.Email = email.String() // without spaces around it, as an import stores it
	}
	if row.Role != "" {
		p.Role = &row.Role
	}
	if row.LastLogin != nil {
		ms := row.LastLogin.Truncate(time.Second).UnixMilli() // which is all that every table holds
		p.LastLogin = &ms
	}
	if row.Created != nil {
		ms := row.Created.UnixMilli()
		p.Created = &ms
	}
	return p
}

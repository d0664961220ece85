package account

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/transfer"
	"gatehouse/models/user"
)

// ImportOptions are what the operator decided about users who come from elsewhere.
type ImportOptions struct {
	Plaintext bool  // a password that is no hash is hashed, instead of refused
	Admins    bool  // the role admin counts for Gatehouse too
	DryRun    bool  // only look
	MaxID     int64 // the largest id that the table can hold, 0 where there is no limit; new users are counted on from the largest that is there
	Now       time.Time
}

// Fate is what became of somebody in a file; empty as long as that is not known.
type Fate string

// The fates.
const (
	Added   Fate = "added"   // or would be, in a dry run
	Present Fate = "present" // somebody has the address already, and stays as they are
	Twice   Fate = "twice"   // the file has the address twice, and the first one counts
	Refused Fate = "refused"
)

// Outcome tells what became of one person.
type Outcome struct {
	Line   int
	Fate   Fate
	Reason string // of Refused and Twice; it quotes nothing of the file

	NewID      bool // the id of the file is no number, so they get another
	OtherID    bool // somebody present has another id than the file says
	Hashed     bool // the password was plain text
	NoPassword bool // nobody can sign in until one is set
	AdminRole  bool // the role is that of an admin
	Admin      bool // they are an admin of Gatehouse
}

func (o *Outcome) refuse(reason string) { o.Fate, o.Reason = Refused, reason }

// Import brings in users from elsewhere. It never changes a row that is there, so that an import that was broken off can be
// run again. It is for one goroutine.
type Import struct {
	a       *Accounts
	o       ImportOptions
	unkeyed map[string]bool     // addresses that no index may find
	keys    map[string]imported // addresses that this import has brought in
	ids     map[int64]int       // and ids, with their lines
}

type imported struct {
	id   int64
	line int
}

// StartImport reads once what every new address must be compared with.
func (a *Accounts) StartImport(ctx context.Context, o ImportOptions) (*Import, error) {
	if o.MaxID == 0 {
		o.MaxID = math.MaxInt64
	}
	unkeyed, err := user.In(a.db).Unkeyed(ctx)
	if err != nil {
		return nil, err
	}
	return &Import{a: a, o: o, unkeyed: unkeyed, keys: map[string]imported{}, ids: map[int64]int{}}, nil
}

// candidate is a person who passed all rules.
type candidate struct {
	user.Import
	plain string   // what is still to be hashed
	out   *Outcome // where to tell what becomes of them
}

// Take brings in some persons, a few of them in one transaction, and returns an outcome for each. An error ends the
// import; what became of those without a fate is not known then.
func (im *Import) Take(ctx context.Context, persons []transfer.Person) ([]Outcome, error) {
	outcomes := make([]Outcome, len(persons))
	var group []candidate
	for i, p := range persons {
		outcomes[i].Line = p.Line
		c, problem := im.admit(p)
		if problem != "" {
			outcomes[i].refuse(problem)
			continue
		}
		c.out = &outcomes[i]
		c.out.NewID, c.out.Hashed, c.out.NoPassword = p.OtherID, c.plain != "", p.Password == ""
		c.out.AdminRole, c.out.Admin = c.Role == user.Admin, c.Admin
		if slices.ContainsFunc(group, c.meets) { // what becomes of the first decides about the second
			if err := im.settle(ctx, group); err != nil {
				return outcomes, err
			}
			group = nil
		}
		group = append(group, c)
	}
	return outcomes, im.settle(ctx, group)
}

// meets tells whether two have one address or one id.
func (c candidate) meets(other candidate) bool {
	return c.Email.Key() == other.Email.Key() || c.ID != 0 && c.ID == other.ID
}

// settle brings in a group in which nobody meets another.
func (im *Import) settle(ctx context.Context, group []candidate) error {
	group, err := im.look(ctx, im.unread(group))
	if err != nil {
		return err
	}
	if im.o.DryRun {
		im.accept(group)
		return nil
	}
	if slices.ContainsFunc(group, func(c candidate) bool { return c.plain != "" }) {
		if err := im.hash(ctx, group); err != nil { // only of those who are not there, because it takes long
			return err
		}
		if group, err = im.look(ctx, group); err != nil {
			return err
		}
	}
	return im.insert(ctx, group)
}

// unread returns those whom this import has not brought in before.
func (im *Import) unread(group []candidate) []candidate {
	var left []candidate
	for _, c := range group {
		first, there := im.keys[c.Email.Key()]
		line, taken := im.ids[c.ID]
		switch {
		case there && first.id == c.ID && c.ID != 0:
			c.out.Fate = Present
		case there:
			c.out.Fate, c.out.Reason = Twice, fmt.Sprintf("has the address of line %d, which counts", first.line)
		case taken:
			c.out.refuse(fmt.Sprintf("id is that of line %d", line))
		default:
			left = append(left, c)
		}
	}
	return left
}

// accept notes who has been brought in.
func (im *Import) accept(group []candidate) {
	for _, c := range group {
		c.out.Fate = Added
		im.keys[c.Email.Key()] = imported{c.ID, c.out.Line}
		if c.ID != 0 {
			im.ids[c.ID] = c.out.Line
		}
	}
}

// look returns those whom the table does not have.
func (im *Import) look(ctx context.Context, group []candidate) ([]candidate, error) {
	if len(group) == 0 {
		return nil, nil
	}
	users := user.In(im.a.db)
	holders, err := users.Holders(ctx, imports(group))
	if db.IsUnrepresentable(err) && len(group) > 1 { // one address spoils the list
		return halves(group, func(half []candidate) ([]candidate, error) { return im.look(ctx, half) })
	}
	if err != nil {
		return nil, err
	}
	taken, err := users.TakenIDs(ctx, imports(group))
	if err != nil {
		return nil, err
	}
	var left []candidate
	for _, c := range group {
		id, there := holders[c.Email.Key()]
		switch {
		case there:
			c.out.Fate, c.out.OtherID = Present, c.ID != 0 && c.ID != id
		case im.unkeyed[c.Email.Key()]:
			c.out.Fate = Present
		case taken[c.ID]:
			c.out.refuse("id is that of another user")
		default:
			left = append(left, c)
		}
	}
	return left, nil
}

func halves(group []candidate, act func([]candidate) ([]candidate, error)) ([]candidate, error) {
	first, err := act(group[:len(group)/2])
	if err != nil {
		return nil, err
	}
	second, err := act(group[len(group)/2:])
	return append(first, second...), err
}

func imports(group []candidate) []user.Import {
	list := make([]user.Import, len(group))
	for i, c := range group {
		list[i] = c.Import
	}
	return list
}

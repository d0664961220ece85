package adoption

import (
	"context"
	"sort"
	"strconv"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

// examples is how many rows of a kind are named.
const examples = 10

// Survey is what stands in a users table, as far as it matters to those who want to sign in.
type Survey struct {
	Users         int            `json:"users"`
	Disabled      int            `json:"disabled"`      // state is not 1
	InvalidEmail  int            `json:"invalidEmail"`  // the address could not sign up
	SharedEmail   []string       `json:"sharedEmail"`   // addresses that several rows have, so that none of them signs in; the first few
	SharedEmails  int            `json:"sharedEmails"`  // how many such addresses there are
	SharedHolders int            `json:"sharedHolders"` // rows with such an address
	Looks         map[string]int `json:"looks"`         // rows by what stands in password
	Ready         int            `json:"ready"`         // rows whose password is a hash that signs in
	State         user.Adoption  `json:"state"`         // of an adoption; empty where none is open
	Adopted       int            `json:"adopted"`       // rows that adopt made a hash for, which still counts
	Waiting       int            `json:"waiting"`       // rows that it would make one for
	Undecided     int            `json:"undecided"`     // rows whose password could be a hash or plain text
	UndecidedIDs  []string       `json:"undecidedIds"`  // the first few of these
	Unusable      int            `json:"unusable"`      // rows with a damaged or unknown hash, one whose salt is too long, or a text that nobody can type
	UnusableIDs   []string       `json:"unusableIds"`   // the first few of these
	Empty         int            `json:"empty"`         // rows without a password
	EmptyIDs      []string       `json:"emptyIds"`      // the first few of these
	Dearer        int            `json:"dearer"`        // rows whose bcrypt cost is above the one in the settings
	Admins        []user.User    `json:"admins"`        // rows that an older program calls admins, and that are none of Gatehouse; the first few
	AdminCount    int            `json:"adminCount"`    // how many there are
}

// Look surveys any users table, also one that has not got our columns yet; has tells which columns there are.
func Look(ctx context.Context, q db.Querier, has func(column string) bool, marks secret.Marks, plan Plan, cost int) (Survey, error) {
	s := Survey{Looks: map[string]int{}}
	if has("gh_hash") { // only then there is a place to note it
		var err error
		if s.State, err = user.In(q).Adoption(ctx); err != nil {
			return s, err
		}
	}
	oversalted, err := plan.oversalted(ctx, q)
	if err != nil {
		return s, err
	}
	holders := map[string]int{}
	err = user.In(q).Skim(ctx, has, func(u user.Stored) {
		s.Users++
		if !u.Active() {
			s.Disabled++
		}
		if email, err := user.ParseEmail(u.Email); err == nil {
			holders[email.Key()]++
		} else {
			s.InvalidEmail++
		}
		if u.Role == user.Admin && !u.Admin {
			s.AdminCount++
			if len(s.Admins) < examples {
				s.Admins = append(s.Admins, u.User)
			}
		}
		s.countPassword(u, marks, plan.treatOf(u, oversalted), cost)
	})
	for address, n := range holders {
		if n > 1 {
			s.SharedEmail = append(s.SharedEmail, address)
			s.SharedHolders += n
		}
	}
	sort.Strings(s.SharedEmail)
	s.SharedEmails = len(s.SharedEmail)
	s.SharedEmail = s.SharedEmail[:min(len(s.SharedEmail), examples)]
	return s, err
}

func (s *Survey) countPassword(u user.Stored, marks secret.Marks, wanted treatment, cost int) {
	s.Looks[password.LookOf(u.Password).String()]++
	if fits, _ := marks.Fits(u.OwnMark, u.ID, u.Password); fits && u.OwnHash != "" {
		s.Adopted++
		return
	}
	switch wanted {
	case hash, respell, wrap:
		s.Waiting++
	case undecided:
		s.Undecided++
		name(&s.UndecidedIDs, u)
	case unusable:
		s.Unusable++
		name(&s.UnusableIDs, u)
	case leave:
		if u.Password == "" {
			s.Empty++
			name(&s.EmptyIDs, u)
			return
		}
		s.Ready++
		if c, ok := password.Cost(u.Password); ok && c > cost {
			s.Dearer++
		}
	}
}

// name adds a user to the first few of a kind.
func name(ids *[]string, u user.Stored) {
	if len(*ids) < examples {
		*ids = append(*ids, strconv.FormatInt(u.ID, 10))
	}
}

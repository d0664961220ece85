// Package user knows who exists: the rows of the `users` table, which may be older than this program and
// shared with others. It keeps the old columns' names and meanings and adds its own, nullable, under gh_.
package user

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Active is the one state in which a user may sign in; any other value means disabled, and Disabled is what we write.
const (
	Active   = 1
	Disabled = 0
)

// Admin is the role of those who may look after other users, if gh_admin says so too.
const Admin = "admin"

// maxRole is the longest role, in characters, as our own table holds them.
const maxRole = 50

// CheckRole says why a text can be no role, or nothing. A comma would make two of it where roles are listed.
func CheckRole(role string) string {
	switch {
	case role == "":
		return "is required"
	case utf8.RuneCountInString(role) > maxRole:
		return "is too long"
	case !utf8.ValidString(role) || strings.ContainsFunc(role, notPrintable) || strings.Contains(role, ",") || strings.TrimSpace(role) != role:
		return "must not contain commas, invisible characters, or spaces at its ends"
	case strings.EqualFold(role, Admin) && role != Admin:
		return "must be written " + Admin
	default:
		return ""
	}
}

// The longest name and gender, in characters, as our own table holds them.
const (
	maxName   = 100
	maxGender = 20
)

var (
	// ErrNotFound says that no user has this id or address.
	ErrNotFound = errors.New("user not found")
	// ErrAmbiguous says that several rows have one address, so that none of them may sign in.
	ErrAmbiguous = errors.New("several users have this e-mail address")
	// ErrEmailTaken says that somebody has signed up with this address already.
	ErrEmailTaken = errors.New("e-mail address is taken")
	// ErrChanged says that the password or the state is no longer what was read.
	ErrChanged = errors.New("user changed meanwhile")
	// ErrInUse says that rows of other programs point at this user and forbid the deletion.
	ErrInUse = errors.New("user is referenced by other tables")
)

func notPrintable(r rune) bool { return !unicode.IsPrint(r) }

// User is what everybody may know of a user who is allowed to see them; never the password or its hash.
type User struct {
	ID        int64      `json:"id"`
	Email     string     `json:"email"`
	Gender    *string    `json:"gender"`
	LastLogin *time.Time `json:"lastLogin"`
	Name      *string    `json:"name"`
	Role      string     `json:"role"`
	State     int64      `json:"state"`
	Created   *time.Time `json:"created"`
	Admin     bool       `json:"-"` // of Gatehouse: the role says so, and our own mark
}

// Stored is a user together with the password hash, for whoever verifies or replaces it.
type Stored struct {
	User
	Password string // what stands in password: a hash, or the plain text of an older program
	OwnHash  string // what adopt made of it and keeps beside it, until it is moved there
	OwnMark  []byte // the mark of the text that OwnHash was made from
	Verified *int64 // when the address was confirmed, in milliseconds; 0 where that is waited for, nil where nobody asked
	Applied  bool   // a sign-up that does not count before its address is confirmed
	Adopted  bool   // OwnHash counts; whoever can check the mark sets this
	key      string
}

// Hash is the hash that counts.
func (u Stored) Hash() string {
	if u.Adopted {
		return u.OwnHash
	}
	return u.Password
}

// Confirmed tells whether somebody has confirmed that the address is theirs.
func (u Stored) Confirmed() bool { return u.Verified != nil && *u.Verified > unverified }

// Waiting tells whether nobody has yet, though it was asked. An older row, or one of another program, does not wait.
func (u Stored) Waiting() bool { return u.Verified != nil && *u.Verified == unverified }

// Active tells whether this user may sign in at all.
func (u User) Active() bool { return u.State == Active }

// Profile is what people may say of themselves; a nil field is not known.
type Profile struct {
	Name   *string
	Gender *string
}

// Check returns a sentence for each field that cannot be stored, or nil.
func (p Profile) Check() map[string]string {
	problems := map[string]string{}
	checkText(problems, "name", p.Name, maxName)
	checkText(problems, "gender", p.Gender, maxGender)
	if len(problems) == 0 {
		return nil
	}
	return problems
}

func checkText(problems map[string]string, field string, text *string, longest int) {
	switch {
	case text == nil:
	case !utf8.ValidString(*text) || strings.ContainsFunc(*text, unicode.IsControl):
		problems[field] = "must not contain control characters"
	case utf8.RuneCountInString(*text) > longest:
		problems[field] = "is too long"
	}
}

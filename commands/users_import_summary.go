package commands

import (
	"fmt"
	"strings"

	"gatehouse/models/account"
)

// importSummary counts what became of the users in a file.
type importSummary struct {
	DryRun     bool     `json:"dryRun"`
	Read       int      `json:"read"`
	Added      int      `json:"added"` // or would be
	Present    int      `json:"present"`
	Twice      int      `json:"twice"`
	Bad        int      `json:"bad"`
	Hashed     int      `json:"hashed"`
	NoPassword int      `json:"noPassword"`
	AdminRole  int      `json:"adminRole"`
	Admins     int      `json:"admins"`
	NewID      int      `json:"newIds"`
	OtherID    int      `json:"otherIds"`
	Unused     []string `json:"unusedFields"`
	Missing    []string `json:"missingFields"`
}

func (s *importSummary) count(o account.Outcome) {
	switch o.Fate {
	case account.Present:
		s.Present++
		s.OtherID += one(o.OtherID)
	case account.Twice:
		s.Twice++
	case account.Refused:
		s.Bad++
	case account.Added:
		s.Added++
		s.Hashed += one(o.Hashed)
		s.NoPassword += one(o.NoPassword)
		s.AdminRole += one(o.AdminRole)
		s.Admins += one(o.Admin)
		s.NewID += one(o.NewID)
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (s *importSummary) print(p *program) {
	t := p.table()
	t.row("read", fmt.Sprint(s.Read))
	t.row(s.word("added", "would add"), fmt.Sprint(s.Added))
	t.row("already there", fmt.Sprint(s.Present))
	if s.Twice > 0 {
		t.row("twice in the file", fmt.Sprint(s.Twice))
	}
	t.row("bad", fmt.Sprint(s.Bad))
	_ = t.Flush()
	note := func(n int, sentence string) {
		if n > 0 {
			p.say("%s: %d", sentence, n)
		}
	}
	note(s.Hashed, s.word("Passwords that were plain text and were hashed", "Passwords that are plain text and would be hashed"))
	note(s.NoPassword, "Without a password, so that they cannot sign in until one is set")
	note(s.Admins, s.word("Made admins of Gatehouse", "Would become admins of Gatehouse"))
	note(s.AdminRole-s.Admins, "With the role admin, but not admins of Gatehouse (see --admins, and `gatehouse users role`)")
	note(s.NewID, s.word("With an id that is no number; they got new ones", "With an id that is no number; they would get new ones"))
	note(s.OtherID, "Already there, but with another id than in the file")
	if len(s.Unused) > 0 {
		p.say("Fields not used: %s", printable(strings.Join(s.Unused, ", ")))
	}
	if len(s.Missing) > 0 {
		p.say("Fields of --map that no line has: %s", printable(strings.Join(s.Missing, ", ")))
	}
}

// word is what was done, or what would be.
func (s *importSummary) word(done, would string) string {
	if s.DryRun {
		return would
	}
	return done
}

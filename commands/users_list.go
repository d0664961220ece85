package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"

	"gatehouse/config"
	"gatehouse/models/user"
)

type listUsersCommand struct {
	config.Settings
	printing
}

func (k *listUsersCommand) Run(ctx context.Context, p *program) error {
	return inOffice(ctx, p, k.Settings, func(o office) error {
		if k.JSON {
			return o.accounts.Users(ctx, func(u user.User) error { return o.printJSON(u) })
		}
		t := o.table("ID", "E-MAIL", "NAME", "ROLE", "STATE", "LAST SIGN-IN")
		err := o.accounts.Users(ctx, func(u user.User) error {
			t.row(strconv.FormatInt(u.ID, 10), u.Email, orNothing(u.Name), roleOf(u), stateOf(u), when(u.LastLogin))
			return nil
		})
		if err != nil {
			return err
		}
		return t.Flush()
	})
}

type sessionsUserCommand struct {
	config.Settings
	whom
	printing
}

func (k *sessionsUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		list, err := o.accounts.Sessions(ctx, u.ID, o.now)
		if err != nil {
			return err
		}
		if k.JSON {
			for _, s := range list {
				if err := o.printJSON(s.Listing()); err != nil {
					return err
				}
			}
			return nil
		}
		t := o.table("ID", "KIND", "IP", "CREATED", "LAST SEEN", "EXPIRES", "PROGRAM")
		for _, s := range list {
			t.row(s.PublicID, string(s.Kind), s.IP, moment(s.Created), moment(s.LastSeen), moment(s.IdleExpires), s.UserAgent)
		}
		return t.Flush()
	})
}

func (p *program) say(format string, args ...any) { _, _ = fmt.Fprintf(p.stdout, format+"\n", args...) }

// printJSON escapes what printable does, which is the same JSON.
func (p *program) printJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, r := range string(text) {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	_, err = fmt.Fprintln(p.stdout, b.String())
	return err
}

// table aligns columns for a person.
type table struct{ *tabwriter.Writer }

func (p *program) table(headings ...string) table {
	t := table{tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)}
	if len(headings) > 0 {
		t.row(headings...)
	}
	return t
}

func (t table) row(cells ...string) {
	for i := range cells {
		cells[i] = printable(cells[i])
	}
	_, _ = fmt.Fprintln(t, strings.Join(cells, "\t"))
}

// printable shows what could move the cursor of a terminal, hide, or break a row in two as an escape: people choose
// their own names, and two that look alike must not be taken for one.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// roleOf tells an admin of Gatehouse from a user whose role another program called so.
func roleOf(u user.User) string {
	if u.Role == user.Admin && !u.Admin {
		return u.Role + " (not of Gatehouse)"
	}
	return u.Role
}

func orNothing(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}

func shown(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := moment(*t)
	return &text
}

func when(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return moment(*t)
}

func stateOf(u user.User) string {
	if u.Active() {
		return "active"
	}
	return "disabled"
}

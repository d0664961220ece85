package commands_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// access is what show says of a password and of signing in, without the spaces that align columns.
func (o *oldTable) access(id int) string {
	o.t.Helper()
	got := run(o.t, o.office.env, "users", "show", strconv.Itoa(id)).want(0)
	for _, text := range o.secrets() {
		if len(text) > 3 && strings.Contains(got.stdout, text) {
			o.t.Errorf("show %d prints the password or hash %q", id, text)
		}
	}
	_, said, _ := strings.Cut(got.stdout, "\npassword ")
	said, _, _ = strings.Cut(said, "\nlast sign-in")
	var lines []string
	for line := range strings.Lines(said) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func (o *oldTable) wantAccess(id int, want string) {
	o.t.Helper()
	if got := o.access(id); got != strings.ReplaceAll(want, "'", "`") {
		o.t.Errorf("show %d says\n%s\nwant\n%s", id, got, want)
	}
}

func TestShowTellsHowAPasswordIsKeptAndWhatKeepsAUserOut(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.mixture()
		run(t, o.office.env, "migrate", "up").want(0)
		const (
			unread  = "can sign in no: the password is not a hash that is read here; 'gatehouse adopt'"
			waiting = "adopted as bcrypt, waits for 'gatehouse adopt --finish'\ncan sign in yes"
		)
		o.wantAccess(1, "plain text: not adopted\n"+unread)
		o.wantAccess(2, "plain text: not adopted\ncan sign in no: the user is disabled; 'gatehouse users enable 2'\n"+strings.TrimPrefix(unread, "can sign in "))
		o.wantAccess(3, "bcrypt\ncan sign in yes")
		o.wantAccess(4, "bcrypt as another program writes it: not adopted\n"+unread)
		o.wantAccess(5, "MD5 or SHA in hex, or plain text\ncan sign in no: nobody has said what the password is; 'gatehouse adopt --format ...', or 'gatehouse users set-password 5'")
		o.wantAccess(6, "unknown or damaged hash\ncan sign in no: the password is nothing that signs in; 'gatehouse users set-password 6'")
		o.wantAccess(7, "none\ncan sign in no: there is no password; 'gatehouse users set-password 7'")
		o.wantAccess(8, "plain text: not adopted\ncan sign in no: what stands in email is no e-mail address; write one there\n"+strings.TrimPrefix(unread, "can sign in "))
		o.wantAccess(11, "plain text\ncan sign in no: the password is nothing that signs in; 'gatehouse users set-password 11'")

		run(t, o.office.env, "adopt", "--format", "md5").want(0)
		o.wantAccess(1, waiting)
		o.wantAccess(5, "adopted as wrapped MD5, waits for 'gatehouse adopt --finish'\ncan sign in yes")
		o.wantAccess(9, "adopted as bcrypt, waits for 'gatehouse adopt --finish'\ncan sign in no: another row has the address; give one of them another, or 'gatehouse users delete ID'")
		o.exec("UPDATE users SET password = 'changed by the old program' WHERE id = 1")
		o.wantAccess(1, "plain text: changed since it was adopted\n"+unread)

		run(t, o.office.env, "adopt", "--finish", "--yes", "--leave-undecided").want(0)
		o.wantAccess(1, "bcrypt\ncan sign in yes")
		o.wantAccess(5, "wrapped MD5\ncan sign in yes")
		o.exec("UPDATE users SET email = ' ann@example.com', gh_email_key = NULL WHERE id = 1")
		o.wantAccess(1, "bcrypt\ncan sign in no: no sign-in finds the address as it is written there; write it without spaces around it")
	})
}

// What show says is what the server does.
func TestShowAgreesWithTheServer(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.mixture()
		run(t, o.office.env, "migrate", "up").want(0)
		run(t, o.office.env, "adopt").want(0)
		o.serving()
		for id, in := range map[int]login{
			1: {"ann@example.com", "anns old password"},
			2: {"ben@example.com", "bens old password"},
			3: {"cyd@example.com", "cyds old password"},
			4: {"dan@example.com", "cyds old password"},
			9: {"twice@example.com", "one old password"},
		} {
			_, got := o.login(in.email, in.password)
			if says := strings.Contains(o.access(id), "can sign in yes"); says != (got == http.StatusOK) {
				t.Errorf("show %d says %v, the server %d", id, says, got)
			}
		}
	})
}

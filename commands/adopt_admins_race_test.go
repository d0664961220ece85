package commands_test

import (
	"bytes"
	"io"
	"testing"

	"gatehouse/commands"
)

// whileAsked answers yes, after something has happened.
type whileAsked struct {
	happens func()
	answers io.Reader
}

func (w *whileAsked) Read(p []byte) (int, error) {
	if w.happens != nil {
		w.happens()
		w.happens = nil
	}
	return w.answers.Read(p)
}

// A person thinks for a minute, and the old program goes on: the answer is about the row as it was shown.
func TestARoleThatChangesDuringTheQuestionEndsNothing(t *testing.T) {
	for _, change := range []string{
		"UPDATE users SET role = 'user' WHERE id = 1", "DELETE FROM users WHERE id = 1", "UPDATE users SET role = 'Admin' WHERE id = 1",
		"UPDATE users SET email = 'eve@example.com' WHERE id = 1",
	} {
		eachWithAdmins(t, func(t *testing.T, o *oldTable) {
			in := &whileAsked{func() { o.exec(change) }, bytes.NewReader([]byte("yes\nno\nyes\n"))}
			var out, err bytes.Buffer
			ctx, _ := interruptible(t)
			if code := commands.Run(ctx, []string{"adopt", "--admins", "ask"}, o.office.env, in, &out, &err); code != 0 {
				t.Errorf("%s: exit code = %d, want 0: %s%s", change, code, &out, &err)
			}
			if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM users WHERE id = 1 AND gh_admin IS NOT NULL"); n != 0 {
				t.Errorf("%s: user 1 is marked", change)
			}
		})
	}
}

package account

import (
	"context"
	"fmt"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

func TestAnExportTellsWhatAnImportWouldRefuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		exec(t, conn, "INSERT INTO users (id, email, password, role, state) VALUES (-1, 'a@example.com', '', 'user', 1), (1, 'b', 'plain', 'user', 1), (2, 'c@example.com', '"+readyHash+"', 'a,b', 1), "+
			"(3, ' d@example.com ', '"+readyHash+"', 'user', 1), (4, 'D@example.com', '5ebe2294ecd0e0f08eab7690d2a6ee69', 'user', 1), (5, 'e@example.com', '', '', 7)")
		var got []string
		err := a.Export(context.Background(), func(e Exported) error {
			role := "nil"
			if e.Role != nil {
				role = *e.Role
			}
			got = append(got, fmt.Sprintf("%d %q %q %s %d %v %s", e.ID, e.Email, e.Password, role, *e.State, e.Plain, e.Problem))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, "exported", got, []string{
			`-1 "a@example.com" "" user 1 false id is not one that an import takes`, `1 "b" "" user 1 true email must be an e-mail address`,
			`2 "c@example.com" "` + readyHash + `" a,b 1 false role must not contain commas, invisible characters, or spaces at its ends`,
			`3 "d@example.com" "` + readyHash + `" user 1 false `, `4 "D@example.com" "" user 1 true email is that of another user too`, `5 "e@example.com" "" nil 7 false `,
		})
	})
}

// The hash that adopt made is exported while it counts, and the text that it was made from never.
func TestAnExportTakesTheHashThatCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		exec(t, conn, "INSERT INTO users (id, email, password, role) VALUES (1, 'a@example.com', 'plain', 'user'), (2, 'b@example.com', 'changed since', 'user')")
		marks, err := secret.NewMarks(AdoptedPasswords, [][]byte{[]byte("a secret of thirty-two bytes, ours")})
		if err != nil {
			t.Fatal(err)
		}
		a.marks = marks
		users := user.In(conn.DB)
		for id := int64(1); id <= 2; id++ {
			if err := users.SetOwnHash(context.Background(), id, readyHash, marks.Of(id, "plain")); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		if err := a.Export(context.Background(), func(e Exported) error { got = append(got, e.Password); return nil }); err != nil {
			t.Fatal(err)
		}
		wantLines(t, "hashes", got, []string{readyHash, ""})
	})
}

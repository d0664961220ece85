package adoption

import (
	"context"
	"testing"

	"gatehouse/db"
)

// A sign-in makes a dearer hash, and keeps the old mark, while marks are renewed: nobody may be left behind.
func TestMarksAreRenewedAlsoWhereASignInIsFaster(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		if o.conn.Engine() == db.MySQL {
			return // there a trigger changes no other row
		}
		o.marks = marksOf(t, olderSecret)
		o.many(3)
		o.adopt(Plan{})
		o.exec("CREATE TABLE once (done)")
		o.exec("CREATE TRIGGER dearer BEFORE UPDATE OF gh_revision ON users WHEN NEW.id = 2 AND (SELECT COUNT(*) FROM once) = 0 " +
			"BEGIN INSERT INTO once VALUES (1); UPDATE users SET gh_hash = '" + bcryptOf(t, "password 1") + "' WHERE id = 2; END")
		if _, err := Remark(context.Background(), o.conn.DB, marksOf(t, firstSecret, olderSecret)); err != nil {
			t.Fatal(err)
		}
		o.marks = marksOf(t, firstSecret)
		o.wantLets(true, "u1@example.com", "password 1")
	})
}

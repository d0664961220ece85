package adoption

import (
	"context"
	"slices"
	"testing"

	"gatehouse/db"
	"gatehouse/models/secret"
)

func TestMarksAreRenewedSoThatTheOldSecretCanBeGivenUp(t *testing.T) {
	const users = pageRows + 10
	eachTable(t, func(t *testing.T, o *table) {
		ctx := context.Background()
		both, first := marksOf(t, firstSecret, olderSecret), marksOf(t, firstSecret)
		o.marks = marksOf(t, olderSecret)
		o.many(users)
		if n, err := Remark(ctx, o.conn.DB, both); n != 0 || err != nil {
			t.Errorf("without an adoption: Remark = %d, %v, want 0", n, err)
		}
		o.adopt(Plan{})
		o.set(1, "changed by the old program")
		o.exec("UPDATE users SET gh_hash = ?, gh_hash_of = ? WHERE id = 2", aBcrypt, []byte("forged"))
		before := o.rows()
		if n, err := Remark(ctx, o.conn.DB, both); n != users-2 || err != nil {
			t.Errorf("Remark = %d, %v, want %d", n, err, users-2)
		}
		if n, err := Remark(ctx, o.conn.DB, both); n != 0 || err != nil {
			t.Errorf("again: Remark = %d, %v, want 0", n, err)
		}
		o.marks = first
		for i, u := range o.rows() {
			if u.Password != before[i].Password || u.OwnHash != before[i].OwnHash {
				t.Fatalf("user %d: password or own hash changed", u.ID)
			}
			if fits, _ := first.Fits(u.OwnMark, u.ID, u.Password); fits != (u.ID > 2) {
				t.Errorf("user %d: the first secret's mark fits: %v", u.ID, fits)
			}
		}
		o.wantLets(true, "u5@example.com", "password 5")
		o.wantLets(false, "u0@example.com", "password 0")
		o.wantLets(false, "u0@example.com", "changed by the old program")
		o.hasher.hashes()
		o.adopt(Plan{})
		if n := o.hasher.hashes(); n != 2 {
			t.Errorf("%d hashes were made after the renewal, want those of the 2 that had no good mark", n)
		}
	})
}

func TestMarksOfASecretThatIsNotKnownAreNotRenewed(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.marks = marksOf(t, olderSecret)
		id := o.add("ann@example.com", "correct horse")
		o.adopt(Plan{})
		before := o.find(id).OwnMark
		for _, marks := range []secret.Marks{marksOf(t, firstSecret), {}} {
			if n, err := Remark(context.Background(), o.conn.DB, marks); n != 0 || err != nil {
				t.Errorf("Remark = %d, %v, want 0", n, err)
			}
		}
		if got := o.find(id).OwnMark; !slices.Equal(got, before) {
			t.Error("a mark was changed by somebody who could not check it")
		}
	})
}

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

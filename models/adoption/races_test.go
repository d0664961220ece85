package adoption

import (
	"context"
	"errors"
	"sync"
	"testing"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/user"
)

// whileHashing has something happen once, while this text is being hashed.
func (o *table) whileHashing(text string, happens func()) {
	once := sync.OnceFunc(happens)
	o.hasher.during = func(hashed string) error {
		if hashed == text {
			once()
		}
		return nil
	}
}

// Some of these texts are the old one to the database, which must not decide that.
func TestAHashIsNotStoredBesideAnotherTextThanItsOwn(t *testing.T) {
	for _, next := range append([]string{"", aBcrypt}, others...) {
		eachTable(t, func(t *testing.T, o *table) {
			id := o.add("ann@example.com", "correct horse")
			o.add("ben@example.com", "bens password")
			o.whileHashing("correct horse", func() { o.set(id, next) })
			wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1, Keys: 1, Changed: 1})
			o.wantUnmade(id)
			if got := o.find(id).Password; got != next {
				t.Errorf("password = %q, want %q, as the old program left it", got, next)
			}
			o.wantLets(false, "ann@example.com", "correct horse")
			o.wantLets(true, "ben@example.com", "bens password")

			done := o.adopt(Plan{})
			if made := next != "" && next != aBcrypt; (done.Hashed == 1) != made || done.Changed != 0 {
				t.Errorf("after the change to %q: %+v", next, done)
			}
			o.wantLets(false, "ann@example.com", "correct horse")
			if next != "" && next != aBcrypt {
				o.wantLets(true, "ann@example.com", next)
			}
		})
	}
}

func TestARowThatIsDeletedMeanwhileIsCountedAsChanged(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		o.add("ben@example.com", "bens password")
		o.whileHashing("correct horse", func() { o.exec("DELETE FROM users WHERE id = ?", id) })
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1, Keys: 1, Changed: 1})
		if n := len(o.rows()); n != 1 {
			t.Errorf("%d users, want 1", n)
		}
	})
}

func TestAPasswordGivenAtGatehouseMeanwhileStays(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		given := bcryptOf(t, "given at Gatehouse")
		o.whileHashing("correct horse", func() {
			if err := user.In(o.conn).ReplacePassword(context.Background(), id, given); err != nil {
				t.Error(err)
			}
		})
		wantOutcome(t, o.adopt(Plan{}), Outcome{Changed: 1})
		o.adopt(Plan{})
		if got := o.find(id).Password; got != given {
			t.Errorf("password = %q, want what Gatehouse wrote", got)
		}
		o.wantUnmade(id)
		o.wantLets(true, "ann@example.com", "given at Gatehouse")
		o.wantLets(false, "ann@example.com", "correct horse")
	})
}

// Another run may have made a hash of the same text meanwhile, with which somebody may be signing in just now.
func TestTheHashOfAnotherRunStays(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		theirs, before := bcryptOf(t, "correct horse"), []byte("a mark of nothing")
		for name, keep := range map[string]struct {
			hash string
			mark []byte
		}{
			"whole":        {theirs, o.marks.Of(id, "correct horse")},
			"a mark alone": {"", o.marks.Of(id, "correct horse")},
			"a stale mark": {theirs, o.marks.Of(id, "battery staple")},
			"a hash alone": {theirs, before},
		} {
			o.exec("UPDATE users SET gh_hash = NULL, gh_hash_of = ?, gh_email_key = 'ann@example.com'", before)
			o.whileHashing("correct horse", func() {
				if err := user.In(o.conn).SetOwnHash(context.Background(), id, keep.hash, keep.mark); err != nil {
					t.Error(err)
				}
			})
			wantOutcome(t, o.adopt(Plan{}), Outcome{Changed: 1})
			if u := o.find(id); u.OwnHash != keep.hash || string(u.OwnMark) != string(keep.mark) {
				t.Errorf("%s: own hash %q, marked %x, want %q, %x", name, u.OwnHash, u.OwnMark, keep.hash, keep.mark)
			}
		}
	})
}

func TestTwoRunsAtOnceMakeOneHashOfEachText(t *testing.T) {
	const users = 60
	eachTable(t, func(t *testing.T, o *table) {
		o.many(users)
		var runs sync.WaitGroup
		var outcomes [3]Outcome
		for i := range outcomes {
			runs.Go(func() {
				var err error
				if outcomes[i], err = o.adopter(Plan{}).beginAndAdopt(context.Background(), nothing); err != nil {
					t.Error(err)
				}
			})
		}
		runs.Wait()
		sum := Outcome{}
		for _, done := range outcomes {
			sum.Add(done)
		}
		if sum.Hashed != users {
			t.Errorf("the runs count %d hashes, want %d: each row once", sum.Hashed, users)
		}
		wantOutcome(t, o.adopt(Plan{}), Outcome{})
		o.wantState(user.Open)
		for _, u := range o.rows() {
			if fits, _ := o.marks.Fits(u.OwnMark, u.ID, u.Password); !fits {
				t.Errorf("the mark of user %d does not fit", u.ID)
			}
			o.wantLets(true, u.Email, u.Password)
		}
	})
}

func TestAHashOfATextThatHasGoneIsForgottenOrMadeAnew(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		o.adopt(Plan{})
		for next, made := range map[string]int{aBcrypt: 0, "": 0, md5Of("x"): 0, "Correct horse": 1, "correct horse ": 1} {
			o.set(id, "correct horse")
			o.adopt(Plan{})
			o.set(id, next)
			o.wantLets(false, "ann@example.com", "correct horse")
			o.wantLets(false, "ann@example.com", next+" ")
			wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: made})
			if made == 0 {
				o.wantUnmade(id)
			}
			o.wantLets(false, "ann@example.com", "correct horse")
		}
	})
}

func TestOldMarksAreRenewedWithoutHashing(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.marks = marksOf(t, olderSecret)
		id := o.add("ann@example.com", "correct horse")
		o.adopt(Plan{})
		made := o.find(id).OwnHash
		o.hasher.hashes()
		o.marks = marksOf(t, firstSecret, olderSecret)
		o.wantLets(true, "ann@example.com", "correct horse")
		wantOutcome(t, o.adopt(Plan{}), Outcome{})
		if n := o.hasher.hashes(); n != 0 || o.find(id).OwnHash != made {
			t.Errorf("%d hashes were made, want the old one to stay", n)
		}
		o.marks = marksOf(t, firstSecret)
		o.wantLets(true, "ann@example.com", "correct horse")
	})
}

// Who can write into the table must not sign in as others with a hash of their own.
func TestAHashWithoutItsMarkIsMadeAnew(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		ann, eve := o.add("ann@example.com", "correct horse"), o.add("eve@example.com", "correct horse")
		o.adopt(Plan{})
		forged := bcryptOf(t, "evil horse")
		mark := o.find(ann).OwnMark
		for name, own := range map[string]struct {
			hash string
			mark []byte
		}{
			"no mark":              {forged, nil},
			"an empty mark":        {forged, []byte{}},
			"a mark of zeros":      {forged, make([]byte, 32)},
			"another row's mark":   {forged, o.find(eve).OwnMark},
			"another secret's":     {forged, marksOf(t, olderSecret).Of(ann, "correct horse")},
			"the mark but no hash": {"", mark},
		} {
			o.exec("UPDATE users SET gh_hash = ?, gh_hash_of = ? WHERE id = ?", own.hash, own.mark, ann)
			o.wantLets(false, "ann@example.com", "evil horse")
			wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1})
			if u := o.find(ann); u.OwnHash == own.hash || password.FormatOf(u.OwnHash) != password.Bcrypt {
				t.Errorf("%s: the own hash is %q, want one of the text in password", name, u.OwnHash)
			}
			o.wantLets(false, "ann@example.com", "evil horse")
			o.wantLets(true, "ann@example.com", "correct horse")
		}
	})
}

func TestAHashThatCannotBeStoredEndsTheRun(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.add("ann@example.com", "correct horse")
		o.whileHashing("correct horse", func() { _ = o.conn.Close() })
		if done, err := o.adopter(Plan{}).beginAndAdopt(context.Background(), nothing); err == nil || done != (Outcome{}) || errors.Is(err, context.Canceled) {
			t.Errorf("outcome %+v, %v, want nothing but an error", done, err)
		}
	})
}

// MySQL may ask to run a transaction again, of which nothing counts then.
func TestATransactionThatIsRunAgainCountsOnce(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		if o.conn.Engine() == db.SQLite {
			return // SQLite lets one transaction after the other begin
		}
		o.many(3)
		o.exec(`CREATE TRIGGER deadlock BEFORE UPDATE ON users FOR EACH ROW
			IF NEW.id = 3 AND NEW.gh_hash IS NOT NULL AND @once IS NULL THEN SET @once = 1; SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF`)
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 3})
		if n := o.hasher.hashes(); n != 3 {
			t.Errorf("%d hashes were made, want 3", n)
		}
		o.wantLets(true, "u2@example.com", "password 2")
	})
}

// A sign-in makes a dearer hash after the row was read to have it moved, and before that is done.
func TestFinishMovesTheHashThatASignInMakesMeanwhile(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		if o.conn.Engine() == db.MySQL {
			return // there a trigger changes no other row
		}
		o.many(3)
		o.adopt(Plan{})
		dearer := bcryptOf(t, "password 1")
		o.exec("CREATE TABLE once (done)")
		o.exec("CREATE TRIGGER dearer BEFORE UPDATE OF gh_revision ON users WHEN NEW.id = 2 AND (SELECT COUNT(*) FROM once) = 0 " +
			"AND EXISTS (SELECT 1 FROM gatehouse_meta WHERE CAST(value AS TEXT) = 'finishing') " +
			"BEGIN INSERT INTO once VALUES (1); UPDATE users SET gh_hash = '" + dearer + "' WHERE id = 2; END")
		o.finish(Plan{}, Outcome{Changed: 1, Moved: 3})
		if got := o.find(2).Password; got != dearer {
			t.Errorf("password = %q, want the later hash %q", got, dearer)
		}
	})
}

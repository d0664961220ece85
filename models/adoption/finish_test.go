package adoption

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/user"
)

func TestFinishLeavesNoPlainText(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		stored := []string{"correct horse", " blanks ", "Pässwörd 🙂", md5Of("weak horse"), "{BLF-CRYPT}" + bcryptOf(t, "bcrypt horse")}
		typed := []string{"correct horse", " blanks ", "Pässwörd 🙂", "weak horse", "bcrypt horse"}
		for i, text := range stored {
			o.add(fmt.Sprintf("u%d@example.com", i), text)
		}
		bare := bcryptOf(t, "bare horse")
		o.add("bare@example.com", bare)
		o.add("none@example.com", "")
		plan := Plan{Weak: password.MD5}
		o.adopt(plan)
		before := o.rows()
		late := o.add("late@example.com", "a late horse")

		o.finish(plan, Outcome{Hashed: 1, Keys: 1, Moved: 6})
		for i, u := range o.rows() {
			o.wantUnmade(u.ID)
			switch {
			case i < len(stored) && u.Password != before[i].OwnHash:
				t.Errorf("password of user %d = %q, want its own hash %q", u.ID, u.Password, before[i].OwnHash)
			case u.ID == late && password.FormatOf(u.Password) != password.Bcrypt:
				t.Errorf("password of user %d = %q, want bcrypt", u.ID, u.Password)
			}
		}
		for i := range stored {
			o.wantLets(true, before[i].Email, typed[i])
		}
		o.wantLets(true, "late@example.com", "a late horse")
		o.wantLets(true, "bare@example.com", "bare horse")
		o.wantLets(false, "none@example.com", " ")
	})
}

func TestWithoutAnAdoptionThereIsNothingToEnd(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		if _, err := o.adopter(Plan{}).Finish(context.Background(), false, time.Now, nothing); !errors.Is(err, ErrNoAdoption) {
			t.Errorf("Finish: %v, want ErrNoAdoption", err)
		}
		if n, err := Undo(context.Background(), o.conn.DB, time.Now); n != 0 || !errors.Is(err, ErrNoAdoption) {
			t.Errorf("Undo: %d, %v, want ErrNoAdoption", n, err)
		}
		o.wantUnmade(id)
		o.wantState(user.NoAdoption)
	})
}

// holdBytes makes room for passwords that are no text.
func (o *table) holdBytes() {
	o.t.Helper()
	if o.conn.Engine() == db.MySQL {
		o.exec("ALTER TABLE users MODIFY password VARBINARY(255) NOT NULL")
	}
}

func TestFinishMovesNothingWhileTextsAreUndecided(t *testing.T) {
	for name, text := range map[string]string{"undecided": md5Of("x"), "unusable": "no UTF-8 \xff"} {
		eachTable(t, func(t *testing.T, o *table) {
			o.holdBytes()
			id := o.add("ann@example.com", "correct horse")
			odd := o.add("odd@example.com", text)
			o.adopt(Plan{})
			late := o.add("late@example.com", "a late horse")
			done, err := o.adopter(Plan{}).Finish(context.Background(), false, time.Now, nothing)
			if !errors.Is(err, ErrUndecided) {
				t.Errorf("%s: %v, want ErrUndecided", name, err)
			}
			wantOutcome(t, done, Outcome{Hashed: 1, Keys: 1})
			if u := o.find(id); u.Password != "correct horse" || u.OwnHash == "" {
				t.Errorf("%s: %q beside password %q, want nothing moved", name, u.OwnHash, u.Password)
			}
			o.wantLets(true, "late@example.com", "a late horse")
			o.wantState(user.Open) // so that there is a way back

			done, err = o.adopter(Plan{}).Finish(context.Background(), true, time.Now, nothing)
			if err != nil {
				t.Fatalf("%s: leaving it: %v", name, err)
			}
			wantOutcome(t, done, Outcome{Moved: 2})
			o.wantState(user.NoAdoption)
			if got := o.find(odd).Password; got != text {
				t.Errorf("%s: password = %q, want %q", name, got, text)
			}
			o.wantUnmade(odd)
			o.wantUnmade(id)
			o.wantUnmade(late)
			o.wantLets(true, "ann@example.com", "correct horse")
			o.wantLets(false, "odd@example.com", "x")
			o.wantLets(false, "odd@example.com", md5Of("x"))
		})
	}
}

func TestFinishGivesUpWhereAnotherProgramKeepsWriting(t *testing.T) {
	for _, adopted := range []bool{true, false} {
		eachTable(t, func(t *testing.T, o *table) {
			id := o.add("ann@example.com", "correct horse")
			o.add("ben@example.com", "bens password")
			o.adopt(Plan{})
			if !adopted {
				o.exec("UPDATE users SET gh_hash = NULL, gh_hash_of = NULL WHERE id = ?", id)
			}
			written := 0
			o.hasher.during = func(string) error {
				written++
				o.set(id, fmt.Sprintf("correct horse %d", written))
				return nil
			}
			o.set(id, "correct horse 0")
			done, err := o.adopter(Plan{}).Finish(context.Background(), false, time.Now, nothing)
			if !errors.Is(err, ErrStillWritten) || written != rounds {
				t.Errorf("after %d rounds: %v, want ErrStillWritten after %d", written, err, rounds)
			}
			wantOutcome(t, done, Outcome{Changed: rounds, Moved: 1})
			o.wantState(user.Finishing)
			o.wantLets(true, "ben@example.com", "bens password")
			o.hasher.during = nil
			o.finish(Plan{}, Outcome{Hashed: 1, Moved: 1})
			o.wantLets(true, "ann@example.com", fmt.Sprintf("correct horse %d", written))
		})
	}
}

func TestFinishStartsOverForWhatIsWrittenMeanwhile(t *testing.T) {
	for _, test := range []struct {
		next, typed string
		want        Outcome
	}{
		{"battery staple", "battery staple", Outcome{Hashed: 1}},
		{md5Of("battery staple"), "battery staple", Outcome{Wrapped: 1}},
		{"{BLF-CRYPT}" + bcryptOf(t, "battery staple"), "battery staple", Outcome{Respelled: 1}},
	} {
		eachTable(t, func(t *testing.T, o *table) {
			o.adopt(Plan{})
			id := o.add("ann@example.com", "correct horse")
			o.whileHashing("correct horse", func() { o.set(id, test.next) })
			test.want.Changed, test.want.Keys, test.want.Moved = 1, 1, 1
			o.finish(Plan{Weak: password.MD5}, test.want)
			o.wantUnmade(id)
			o.wantLets(false, "ann@example.com", "correct horse")
			o.wantLets(true, "ann@example.com", test.typed)
		})
	}
}

// The first row is seen to before the second one is hashed, so that the change is noticed only where hashes are moved.
func TestFinishMovesNoHashOfATextThatHasGone(t *testing.T) {
	for _, next := range others {
		eachTable(t, func(t *testing.T, o *table) {
			ann := o.add("ann@example.com", "correct horse")
			o.adopt(Plan{})
			o.add("ben@example.com", "bens password")
			o.whileHashing("bens password", func() { o.set(ann, next) })
			o.finish(Plan{}, Outcome{Hashed: 2, Keys: 1, Moved: 2})
			o.wantLets(false, "ann@example.com", "correct horse")
			o.wantLets(true, "ann@example.com", next)
			o.wantLets(true, "ben@example.com", "bens password")
		})
	}
}

// stumble has the database refuse a change of a column in one user's row, as if the program were killed before it; goOn
// lifts that.
func (o *table) stumble(column string, id int64) (goOn func()) {
	o.t.Helper()
	trigger := "CREATE TRIGGER stumble BEFORE UPDATE ON users FOR EACH ROW IF NEW.id = %[2]d AND NOT BINARY NEW.%[1]s <=> BINARY OLD.%[1]s THEN SIGNAL SQLSTATE '45000'; END IF"
	if o.conn.Engine() == db.SQLite {
		trigger = "CREATE TRIGGER stumble BEFORE UPDATE OF %[1]s ON users WHEN NEW.id = %[2]d AND NEW.%[1]s IS NOT OLD.%[1]s BEGIN SELECT RAISE(ABORT, 'stumbled'); END"
	}
	o.exec(fmt.Sprintf(trigger, column, id))
	return func() { o.exec("DROP TRIGGER stumble") }
}

func TestAFinishThatBreaksOffGoesOnAndHasNoWayBack(t *testing.T) {
	const users = pageRows + 100
	eachTable(t, func(t *testing.T, o *table) {
		o.many(users)
		o.adopt(Plan{})
		goOn := o.stumble("password", pageRows+50)
		_, err := o.adopter(Plan{}).Finish(context.Background(), false, time.Now, nothing)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("user %d", pageRows+50)) || strings.Contains(err.Error(), "$2") {
			t.Errorf("%v, want the user, and no hash", err)
		}
		o.wantState(user.Finishing)
		if n := o.count("SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL"); n != users-pageRows {
			t.Errorf("%d hashes stand beside password, want %d", n, users-pageRows)
		}
		some := []int{0, pageRows - 1, pageRows, users - 1}
		for _, i := range some {
			o.wantLets(true, fmt.Sprintf("u%d@example.com", i), fmt.Sprintf("password %d", i))
		}
		if n, err := Undo(context.Background(), o.conn.DB, time.Now); n != 0 || !errors.Is(err, ErrFinishing) {
			t.Errorf("Undo: %d, %v, want ErrFinishing", n, err)
		}
		o.add("late@example.com", "a late horse")
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1, Keys: 1})
		o.wantState(user.Finishing) // still

		goOn()
		o.hasher.hashes()
		o.finish(Plan{}, Outcome{Moved: users - pageRows + 1})
		if n := o.hasher.hashes(); n != 0 {
			t.Errorf("%d hashes were made, want those that were there to be moved", n)
		}
		for _, u := range o.rows() {
			if password.FormatOf(u.Password) != password.Bcrypt || u.OwnHash != "" || u.OwnMark != nil {
				t.Fatalf("user %d: password %q, own hash %q", u.ID, u.Password, u.OwnHash)
			}
		}
		for _, i := range some {
			o.wantLets(true, fmt.Sprintf("u%d@example.com", i), fmt.Sprintf("password %d", i))
		}
		o.wantLets(true, "late@example.com", "a late horse")
	})
}

// A hash that the database changes on its way signs nobody in, and the text it was made from would be gone.
func TestFinishNoticesThatTheDatabaseChangesAHash(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		o.adopt(Plan{})
		trigger := "CREATE TRIGGER lower BEFORE UPDATE ON users FOR EACH ROW SET NEW.password = LOWER(NEW.password)"
		if o.conn.Engine() == db.SQLite {
			trigger = "CREATE TRIGGER lower AFTER UPDATE OF password ON users BEGIN UPDATE users SET password = LOWER(password) WHERE id = NEW.id; END"
		}
		o.exec(trigger)
		if _, err := o.adopter(Plan{}).Finish(context.Background(), false, time.Now, nothing); !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "user 1") {
			t.Errorf("%v, want ErrAltered and the user", err)
		}
		if u := o.find(id); u.Password != "correct horse" || u.OwnHash == "" {
			t.Errorf("%q beside password %q, want nothing moved", u.OwnHash, u.Password)
		}
		o.wantState(user.Open)
		o.exec("DROP TRIGGER lower")
		o.finish(Plan{}, Outcome{Moved: 1})
		o.wantLets(true, "ann@example.com", "correct horse")
	})
}

func TestAnInterruptedFinishMovesNothing(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.many(3)
		o.adopt(Plan{})
		ctx, cancel := context.WithCancel(context.Background())
		_, err := o.adopter(Plan{}).Finish(ctx, false, time.Now, func(int) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want context.Canceled", err)
		}
		if n := o.count("SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL"); n != 3 {
			t.Errorf("%d hashes are beside password, want 3", n)
		}
		o.wantState(user.Open)
	})
}

// What was rolled back is not counted.
func TestARolledBackMoveIsNotCounted(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.many(3)
		o.adopt(Plan{})
		o.stumble("password", 3)
		done, err := o.adopter(Plan{}).Finish(context.Background(), false, time.Now, nothing)
		if err == nil {
			t.Error("want an error")
		}
		wantOutcome(t, done, Outcome{})
	})
}

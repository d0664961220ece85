package adoption

import (
	"context"
	"errors"
	"testing"

	"gatehouse/db"
)

func TestNothingIsWrittenThatTheGuardRefuses(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		ctx := context.Background()
		id := o.add("ann@example.com", "correct horse")
		foreign := errors.New("another secret has taken over")
		a := New(o.conn.DB, o.hasher, 2, o.marks, Plan{}, func(context.Context, db.Querier) error { return foreign })
		if done, err := a.beginAndAdopt(ctx, nothing); !errors.Is(err, foreign) || done != (Outcome{}) {
			t.Errorf("Adopt = %+v, %v, want the guard's error", done, err)
		}
		if u := o.find(id); u.OwnHash != "" || u.OwnMark != nil {
			t.Errorf("a hash was kept: %q", u.OwnHash)
		}
	})
}

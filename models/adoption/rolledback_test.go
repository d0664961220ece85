package adoption

import (
	"context"
	"testing"
	"time"
)

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

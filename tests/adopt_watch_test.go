package tests

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// atAnyTime is what the watch says of a round, which may see to one row or to two.
var atAnyTime = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  adopted \d+\n`)

func TestWatchPicksUpWhatTheOldProgramWrites(t *testing.T) {
	t.Parallel()
	users := oldUsers(60)
	o := newTakeover(t, users)
	o.start()
	watch := o.launch("--watch", "--every", "100ms")
	letIn := func(u oldUser) {
		t.Helper()
		until(t, u.email+" can sign in at Gatehouse", func() bool {
			return o.ours.person().post("/api/users/login", credentials(u.email, u.password)).status == http.StatusOK
		})
	}
	letIn(users[len(users)-1])
	for i := range 5 {
		newcomer := oldUser{email: fmt.Sprintf("newcomer%d@example.com", i), password: fmt.Sprintf("new here %d", i)}
		o.old.signup(newcomer)
		changed := o.old.change(users[i], strings.ToUpper(users[i].password)+"!")
		kept := o.ours.change(users[10+i], "set at Gatehouse")
		letIn(newcomer)
		letIn(changed)
		o.ours.lets(users[i], false)
		o.ours.lets(kept, true)
		o.ours.lets(users[10+i], false)
		o.old.lets(users[10+i], false)
	}
	watch.stop()
	wantPrinted(t, atAnyTime.ReplaceAllString(watch.stdout.String(), ""), "Watching the table; Ctrl-C stops it.\n"+
		"      70  passwords hashed\n      65  addresses prepared for lookup\n")
	late := oldUser{email: "late@example.com", password: "after the end"}
	o.old.signup(late)
	o.ours.lets(late, false)
	if shown := readable(watch.stdout.String()+watch.stderr.String(), users); len(shown) != 0 {
		t.Errorf("it prints the passwords of %v", shown)
	}
}

// TestWatchWritesNothingOnceTheAdoptionHasEnded has it wait for the row of a newcomer until the adoption has been undone
// beside it.
func TestWatchWritesNothingOnceTheAdoptionHasEnded(t *testing.T) {
	t.Parallel()
	users := oldUsers(60)
	o := newTakeover(t, users)
	o.start()
	o.adopt()
	o.old.signup(oldUser{email: "newcomer@example.com", password: "new here"})
	_, release := o.lock(61)
	watch := o.launch("--watch", "--every", "100ms")
	o.wantWaiting(1)
	o.adopt("--undo")
	release()
	watch.wantEnd(0)
	if said := watch.stdout.String(); !strings.Contains(said, "The adoption was finished or undone elsewhere.\n") {
		t.Errorf("the watch does not say why it ends: %s", said)
	}
	o.wantUnmarked()
}

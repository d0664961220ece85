package password

import (
	"errors"
	"testing"
	"time"
)

func TestWhoLooksForRoomAtOnceDoesNotFindTheSame(t *testing.T) {
	q := newTestQueue(1, 2*time.Second)
	var leave []func()
	for {
		left, err := q.room()
		if err != nil {
			break
		}
		if leave = append(leave, left); len(leave) > maxDepth {
			t.Fatal("there is room without end")
		}
	}
	if err := q.push(testJob(1)); err != nil {
		t.Errorf("a job is refused for those that may come: %v", err)
	}
	leave[0]()
	leave[0]()
	if _, err := q.room(); err != nil {
		t.Errorf("there is none after one has left: %v", err)
	}
	if _, err := q.room(); !errors.Is(err, ErrOverloaded) {
		t.Errorf("one who left twice made room for two: %v", err)
	}
}

func TestAJobThatWasFoundRoomForIsTaken(t *testing.T) {
	q := newTestQueue(1, 2*time.Second)
	q.load(t, 4000)
	for kept, want := range map[bool]error{false: ErrOverloaded, true: nil} {
		j := testJob(1)
		j.kept = kept
		if err := q.push(j); !errors.Is(err, want) {
			t.Errorf("kept %v: %v, want %v", kept, err, want)
		}
	}
}

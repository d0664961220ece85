package throttle

import "time"

// Rule says how often something may fail. There are two sorts. With a Delay it counts failures in a row: each one past the
// free ones has to be waited for, and a success ends the row. Without, it counts failures in a fixed window that begins with
// the first attempt: when the free ones are used up, nothing is tried until the window ends, and a success changes nothing.
type Rule struct {
	Free            int           // failures without consequence, at least 1
	Delay, MaxDelay time.Duration // what the last free failure costs, and what the doubling of it ends at
	Lock            int           // so many failures in a row block for LockFor; 0 is never
	LockFor         time.Duration
	Window          time.Duration // the fixed window, or how long failures in a row are remembered after the last one
	AtOnce          int           // tries under way at one time at most; 0 is as many as are free
}

// Times returns the rule with so many times the free failures, for a network that may be a proxy with many people behind it.
func (r Rule) Times(n int) Rule {
	r.Free *= n
	return r
}

// inARow tells which of the two sorts the rule is.
func (r Rule) inARow() bool { return r.Delay > 0 }

// places is how many tries may be under way at once after so many failures: never more than could all fail freely. After
// the free ones, failures in a row leave one at a time, a window none.
func (r Rule) places(failures int) int {
	places := min(r.Free-failures, maxRunning)
	if r.AtOnce > 0 {
		places = min(places, r.AtOnce)
	}
	if r.inARow() {
		return max(places, 1)
	}
	return max(places, 0)
}

// delay is how long nobody may try after a failure, the last of so many in a row.
func (r Rule) delay(failures int) time.Duration {
	switch {
	case !r.inARow() || failures < r.Free:
		return 0
	case r.ended(failures):
		return r.LockFor
	}
	delay := r.Delay
	for range failures - r.Free {
		if delay >= r.MaxDelay {
			break
		}
		delay *= 2
	}
	return min(delay, r.MaxDelay)
}

// memory is how long so many failures in a row are remembered after the last one: as long as they delay the next try at least.
func (r Rule) memory(failures int) time.Duration { return max(r.Window, r.delay(failures)) }

// ended tells whether so many failures are the end of a row.
func (r Rule) ended(failures int) bool { return r.Lock > 0 && failures >= r.Lock }

package token

import (
	"fmt"
	"slices"
	"time"

	"gatehouse/db"
)

// How keys take turns. Whoever caches the published keys keeps them for CacheFor at most, and servers read them every
// ReadEvery, so that a key which is published for Lead is known everywhere when it begins to sign.
const (
	CacheFor  = 5 * time.Minute
	ReadEvery = time.Minute
	Lead      = 15 * time.Minute

	// slack is for clocks of servers that are not quite alike.
	slack = time.Minute
	// stale is when a server has missed so many readings that it may not know the newest keys.
	stale = 3 * ReadEvery
)

// ring is the keys as they were at one reading, the oldest first.
type ring struct {
	keys []Key
	read time.Time
}

func (r ring) errStale() error {
	return fmt.Errorf("%w: signing keys were last read at %s", db.ErrUnavailable, r.read.UTC().Format(time.RFC3339))
}

func (r ring) newest() Key { return r.keys[len(r.keys)-1] }

// signing is the newest key whose time has come. The oldest one signs where no key's time has come, because a clock is slow.
func (r ring) signing(now time.Time) Key {
	for _, k := range slices.Backward(r.keys) {
		if !now.Before(k.ActiveFrom) {
			return k
		}
	}
	return r.keys[0]
}

// superseded is when the next key takes over from the key at this place; zero for the newest.
func (r ring) superseded(i int) time.Time {
	if i+1 < len(r.keys) {
		return r.keys[i+1].ActiveFrom
	}
	return time.Time{}
}

// latest is the end of the last token that the key at this place can have signed; zero if it is not superseded.
func (r ring) latest(i int, tokenLife time.Duration) time.Time {
	end := r.superseded(i)
	if end.IsZero() {
		return end
	}
	return end.Add(tokenLife + slack)
}

// published are the keys that some token that has not expired may need, and those to come.
func (r ring) published(tokenLife time.Duration, now time.Time) []JWK {
	var set []JWK
	for i, k := range r.keys {
		if end := r.latest(i, tokenLife); end.IsZero() || now.Before(end) {
			set = append(set, k.jwk())
		}
	}
	return set
}

// due is when the next key should begin to sign, and whether it is time to make it.
func (r ring) due(lifetime time.Duration, now time.Time) (from time.Time, soon bool) {
	from = r.newest().ActiveFrom.Add(lifetime)
	soon = !now.Before(from.Add(-Lead))
	if earliest := now.Add(Lead); from.Before(earliest) {
		from = earliest
	}
	return from, soon
}

package token

import (
	"slices"
	"testing"
	"time"
)

func TestAKeySignsFromItsTimeOn(t *testing.T) {
	old, newer := fixedKey(t, 1, "old", noon), fixedKey(t, 2, "new", noon.Add(time.Hour))
	keys := keysOf(noon, old, newer)
	for after, want := range map[time.Duration]Key{
		-24 * time.Hour: old, // a slow clock: there must be one
		0:               old, time.Hour - time.Millisecond: old, time.Hour: newer, 10_000 * time.Hour: newer,
	} {
		if key := keys.ring.Load().signing(noon.Add(after)); key.ID != want.ID || key.private != want.private {
			t.Errorf("%s after noon %s signs, want %s", after, key, want)
		}
	}
}

func TestAKeyIsPublishedUntilItsLastTokenHasExpired(t *testing.T) {
	old, newer := fixedKey(t, 1, "old", noon), fixedKey(t, 2, "new", noon.Add(time.Hour))
	keys := keysOf(noon, old, newer)
	last := noon.Add(time.Hour + rules.TokenLife + slack)
	for at, want := range map[time.Time][]JWK{
		noon.Add(-time.Hour):        {old.jwk(), newer.jwk()},
		noon:                        {old.jwk(), newer.jwk()},
		last.Add(-time.Millisecond): {old.jwk(), newer.jwk()},
		last:                        {newer.jwk()},
		later:                       {newer.jwk()},
	} {
		if got := keys.Published(at); !slices.Equal(got, want) {
			t.Errorf("published at %s: %+v, want %+v", at, got, want)
		}
	}
}

func TestTheNextKeyIsDueALeadBeforeItSigns(t *testing.T) {
	const life = 720 * time.Hour
	r := keysOf(noon, fixedKey(t, 1, "old", noon)).ring.Load()
	for _, test := range []struct {
		name     string
		at, from time.Time
		soon     bool
	}{
		{"fresh", noon, noon.Add(life), false},
		{"a moment early", noon.Add(life - Lead - time.Millisecond), noon.Add(life), false},
		{"in time", noon.Add(life - Lead), noon.Add(life), true},
		{"a minute late", noon.Add(life - Lead + time.Minute), noon.Add(life + time.Minute), true},
		{"months late", noon.Add(4 * life), noon.Add(4*life + Lead), true},
	} {
		if from, soon := r.due(life, test.at); !from.Equal(test.from) || soon != test.soon {
			t.Errorf("%s: due from %s, soon %v, want %s, %v", test.name, from, soon, test.from, test.soon)
		}
	}
}

func TestEachKeyHasAState(t *testing.T) {
	keys := keysOf(
		noon, fixedKey(t, 1, "first", noon), fixedKey(t, 3, "second", noon.Add(time.Hour)), fixedKey(t, 4, "third", noon.Add(2*time.Hour)),
	)
	for after, want := range map[time.Duration][]State{
		-time.Hour:                  {Signing, Waiting, Waiting},
		0:                           {Signing, Waiting, Waiting},
		time.Hour:                   {Retired, Signing, Waiting},
		2*time.Hour - time.Second:   {Retired, Signing, Waiting},
		2 * time.Hour:               {Retired, Retired, Signing},
		100 * 24 * 365 * time.Hour:  {Retired, Retired, Signing},
		time.Hour - time.Nanosecond: {Signing, Waiting, Waiting},
	} {
		var states []State
		for _, key := range keys.List(noon.Add(after)) {
			states = append(states, key.State)
		}
		if !slices.Equal(states, want) {
			t.Errorf("%s after noon: %v, want %v", after, states, want)
		}
	}
	if list := keysOf(noon).List(noon); len(list) != 0 {
		t.Errorf("no keys: %v", list)
	}
}

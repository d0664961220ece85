package token

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
)

func TestATokenSaysWhatWasSigned(t *testing.T) {
	for _, f := range forgers(t) {
		bare := claimed()
		bare.Issuer, bare.Audience = "", "" // the issuer fills them in
		text := f.signed(f.kind, bare)
		if c, err := f.issuer.Parse(f.kind, text, noon); err != nil || c != claimed() {
			t.Errorf("%s: %+v, %v, want %+v", f.name, c, err, claimed())
		}
		if len(text) > 600 {
			t.Errorf("%s has %d bytes", f.name, len(text))
		}
		d := f.draft()
		want := fmt.Sprintf(`{"alg":%q,"typ":%q}`, f.method.Alg(), f.kind)
		if f.key.private != nil {
			want = fmt.Sprintf(`{"alg":"ES256","kid":%q,"typ":%q}`, f.key.ID, f.kind)
		}
		if d.header != want {
			t.Errorf("header = %s, want %s", d.header, want)
		}
		const says = `{"iss":"https://id.example.com","aud":"https://api.example.com","sub":"7","sid":"family","jti":"token-1","iat":1772366400,"exp":1772366580}`
		if d.claims != says {
			t.Errorf("claims = %s, want %s", d.claims, says)
		}
	}
}

func TestATokenExpiresToTheMillisecond(t *testing.T) {
	for _, f := range forgers(t) {
		text, end := f.signed(f.kind, claimed()), claimed().expiresAt()
		for at, want := range map[time.Time]error{
			end.Add(-time.Millisecond): nil, end: ErrExpired, end.Add(time.Millisecond): ErrExpired, later: ErrExpired,
		} {
			if c, err := f.issuer.Parse(f.kind, text, at); err != want || c != claimed() {
				t.Errorf("%s at %s: %+v, %v, want the claims and %v", f.name, at, c, err, want)
			}
		}
	}
}

func TestIssuersOfOtherNamesDoNotBelieveEachOther(t *testing.T) {
	for _, f := range forgers(t) {
		text := f.signed(f.kind, claimed())
		for _, other := range []Names{{}, {named.Issuer, ""}, {"", named.Audience}, {named.Audience, named.Issuer}, {named.Issuer, "x"}, {"x", named.Audience}} {
			i := *f.issuer
			i.names = other
			if _, err := i.Parse(f.kind, text, noon); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s at %+v: %v, want %v", f.name, other, err, ErrInvalid)
			}
		}
	}
}

// RFC 7519, 4: where a name comes twice, decoders take the last one or refuse. Nobody gains by it, since only the server
// signs; what counts is that the header and the claims are each read once, and in one way.
func TestOfANameThatComesTwiceTheLastCounts(t *testing.T) {
	for _, f := range forgers(t) {
		d := f.draft()
		d.claims = strings.Replace(d.claims, "{", `{"sub":"1","exp":1,`, 1)
		d.header = strings.Replace(d.header, "{", fmt.Sprintf(`{"typ":%q,"alg":"none","kid":"x",`, f.other), 1)
		if c, err := f.issuer.Parse(f.kind, d.text(), noon); err != nil || c != claimed() {
			t.Errorf("%s: %+v, %v, want the claims that came last", f.name, c, err)
		}
		if _, err := f.issuer.Parse(f.other, d.text(), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s as %s: %v, want %v", f.name, f.other, err, ErrInvalid)
		}
	}
}

func TestATokenIsLookedAtUpToMaxBytes(t *testing.T) {
	for _, f := range forgers(t) {
		for size, want := range map[int]error{MaxBytes: nil, MaxBytes + 1: ErrInvalid} {
			if _, err := f.issuer.Parse(f.kind, f.sized(size), noon); !errors.Is(err, want) {
				t.Errorf("%s of %d bytes: %v, want %v", f.name, size, err, want)
			}
		}
	}
}

func TestALongTokenCostsNothing(t *testing.T) {
	for _, f := range forgers(t) {
		for name, text := range map[string]string{
			"dots": strings.Repeat(".", 1<<20), "letters": strings.Repeat("A", 1<<20), "one byte too long": f.sized(MaxBytes + 1),
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			count := testing.AllocsPerRun(100, func() { _, _ = f.issuer.Parse(f.kind, text, noon) })
			runtime.ReadMemStats(&after)
			if bytes := (after.TotalAlloc - before.TotalAlloc) / 101; count > 1 || bytes > 256 {
				t.Errorf("%s, %s: %v allocations, %d bytes a call", f.name, name, count, bytes)
			}
		}
	}
}

// twoKeys are one that took over at noon from one that began a day before, as they were read later.
func twoKeys(t *testing.T) (old, newer Key, keys *Keys) {
	t.Helper()
	old, newer = fixedKey(t, 1, "old", noon.AddDate(0, 0, -1)), fixedKey(t, 2, "new", noon)
	return old, newer, keysOf(later, old, newer)
}

func TestASupersededKeySignsNothingLonger(t *testing.T) {
	old, newer, keys := twoKeys(t)
	last := noon.Add(rules.TokenLife + slack)
	for _, test := range []struct {
		name string
		key  Key
		exp  time.Time
		want error
	}{
		{"the last that the old one can have signed", old, last, nil},
		{"one of the old one that is longer", old, last.Add(time.Second), ErrInvalid},
		{"one of the old one for years", old, noon.AddDate(10, 0, 0), ErrInvalid},
		{"one of the new one that is longer", newer, last.Add(time.Second), nil},
	} {
		c := claimed()
		c.IssuedAt, c.Expires = noon.Add(-time.Second).Unix(), test.exp.Unix()
		text, err := NewES256(named, keysOf(noon, test.key)).Sign(Access, c, noon)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewES256(named, keys).Parse(Access, text, noon); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		want := test.want
		if want == nil {
			want = ErrExpired // never forgotten while the key is there: its family can still be signed out
		}
		if _, err := NewES256(named, keys).Parse(Access, text, later); !errors.Is(err, want) {
			t.Errorf("%s, a year later: %v, want %v", test.name, err, want)
		}
	}
}

func TestAnUnknownKeyIsInvalidOnlyWhileTheKeysAreKnown(t *testing.T) {
	ours, theirs := fixedKey(t, 1, "ours", noon), fixedKey(t, 2, "theirs", noon)
	issuer := NewES256(named, keysOf(noon, ours))
	foreign, err := NewES256(named, keysOf(noon, theirs)).Sign(Access, claimed(), noon)
	if err != nil {
		t.Fatal(err)
	}
	c := claimed()
	c.Expires = noon.Add(time.Hour).Unix()
	own, err := issuer.Sign(Access, c, noon)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]error{0: ErrInvalid, stale: ErrInvalid, stale + time.Millisecond: db.ErrUnavailable, time.Hour: db.ErrUnavailable} {
		c, err := issuer.Parse(Access, foreign, noon.Add(after))
		if !errors.Is(err, want) || c != (Claims{}) {
			t.Errorf("an unknown key %s after the reading: %+v, %v, want %v", after, c, err, want)
		}
	}
	if _, err := issuer.Parse(Access, own, noon.Add(30*time.Minute)); err != nil {
		t.Errorf("a known key long after the reading: %v", err)
	}
	if _, err := issuer.Parse(Refresh, foreign, later); !errors.Is(err, ErrInvalid) {
		t.Errorf("a token of another kind: %v, want %v, whatever its key", err, ErrInvalid)
	}
}

// Others who have the secret can sign what they like, but nothing that outlives our own tokens.
func TestWithASharedSecretNoTokenLastsLongerThanOurs(t *testing.T) {
	issuer := NewHS256(named, agreed, time.Hour)
	for life, want := range map[time.Duration]error{time.Hour + slack: nil, time.Hour + slack + time.Second: ErrInvalid, 1 << 62: ErrInvalid} {
		c := claimed()
		c.Expires = noon.Add(life).Unix()
		text, err := issuer.Sign(Access, c, noon)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := issuer.Parse(Access, text, noon); !errors.Is(err, want) {
			t.Errorf("a token of %s: %v, want %v", life, err, want)
		}
	}
}

package password

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashAt makes a hash by x/crypto, without a pool.
func hashAt(t *testing.T, cost int, plain string) string {
	t.Helper()
	hash, err := new(meter).hash(plain, cost)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// spent is the work that a call made the workers do, in units of 2^cost.
func spent(p *Pool, call func()) uint64 {
	before := p.queue.work()
	call()
	return p.queue.work() - before
}

func TestUnknownUserCostsOneHash(t *testing.T) {
	p := startPool(t, Options{Cost: 6})
	hashing := spent(p, func() { mustHash(t, p, "secret") })
	got := spent(p, func() {
		if v := mustVerify(t, p, "", "secret"); v.Match {
			t.Error("Verify of an unknown user matches")
		}
	})
	if hashing != 1<<6 || got != hashing {
		t.Errorf("a hash costs %d units and an unknown user %d, want 64 and 64", hashing, got)
	}
}

func TestEveryFailureCostsTheConfiguredCost(t *testing.T) {
	p := startPool(t, Options{Cost: 7})
	at := func(cost int, plain string) string { return hashAt(t, cost, plain) }
	long := strings.Repeat("a", 73)
	wrapped := func(cost int) string {
		return "$gatehouse-wrapped$v=1,a=md5,p=before$$" + at(cost, "no digest")
	}
	type failure struct {
		name, hash, plain string
		want              uint64
	}
	tests := []failure{
		{"unknown user", "", "wrong", 1 << 7},
		{"plain text in the row", "wrong", "wrong", 1 << 7},
		{"malformed", "$2a$07$short", "wrong", 1 << 7},
		{"over the cap", dummyHash(MaxCost + 1).bcryptString(), "wrong", 1 << 7},
		{"same cost", at(7, "right"), "wrong", 1 << 7},
		{"cheaper by one", at(6, "right"), "wrong", 1 << 7},
		{"cheapest", at(4, "right"), "wrong", 1 << 7},
		{"long format", at(7, long), "wrong", 1 << 7},
		{"long format, cheaper", at(4, long), "wrong", 1 << 7},
		{"73 bytes against plain bcrypt", at(7, long[:72]), long, 1 << 7},
		{"73 bytes against cheaper plain bcrypt", at(5, long[:72]), long, 1 << 7},
		{"over 1024 bytes", at(7, "right"), strings.Repeat("a", MaxBytes+1), 1 << 7},
		{"over 1024 bytes, unknown user", "", strings.Repeat("a", MaxBytes+1), 1 << 7},
		{"dearer, the stated exception", at(8, "right"), "wrong", 1 << 8},
		{"wrapped, same cost", wrapped(7), "wrong", 1 << 7},
		{"wrapped, cheaper", wrapped(4), "wrong", 1 << 7},
		{"wrapped, over 1024 bytes", wrapped(5), strings.Repeat("a", MaxBytes+1), 1 << 7},
		{"wrapped, malformed", wrapped(7) + "x", "wrong", 1 << 7},
	}
	for _, v := range foreignVectors { // one whole dummy beside what they take themselves
		tests = append(tests, failure{v.name, v.hash, "wrong", 1 << 7})
		tests = append(tests, failure{v.name + ", over 1024 bytes", v.hash, strings.Repeat("a", MaxBytes+1), 1 << 7})
	}
	for _, hash := range unknownForeign[:2] {
		tests = append(tests, failure{"unknown to us", hash, "wrong", 1 << 7})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := spent(p, func() {
				if v := mustVerify(t, p, tt.hash, tt.plain); v.Match {
					t.Error("Verify matches")
				}
			})
			if got != tt.want {
				t.Errorf("work = %d units, want %d", got, tt.want)
			}
		})
	}
}

func TestMatchPaysNoDummies(t *testing.T) {
	p := startPool(t, Options{Cost: 7})
	for _, v := range []struct{ plain, hash string }{bcryptVectors[0], passlibVectors[1]} {
		if got := spent(p, func() { mustVerify(t, p, v.hash, v.plain) }); got != 1<<5 {
			t.Errorf("match of %q costs %d units, want 32", v.hash, got)
		}
	}
	for _, v := range foreignVectors {
		if got := spent(p, func() { mustVerify(t, p, v.hash, v.plain) }); got != 0 {
			t.Errorf("match of %s costs %d units of bcrypt, want none", v.name, got)
		}
	}
}

// A failure must not tell by its time which part of it was left out.
func TestFailedForeignHashIsComputedToo(t *testing.T) {
	const took = 5 * time.Millisecond // 100,000 rounds take 25 ms and more
	h, ok := parse("$pbkdf2-sha512$100000$" + b64(16) + "$" + b64(64))
	if !ok {
		t.Fatal("the hash is not known")
	}
	for _, plain := range []string{"", "wrong", strings.Repeat("a", MaxBytes+1)} {
		var m meter
		if v, err := m.verify(h, plain, 4); err != nil || v != (Verdict{}) {
			t.Fatalf("verify = %+v, %v", v, err)
		}
		if m.aside < took || m.units != 1<<4 {
			t.Errorf("verify of %d bytes put %v aside and spent %d units, want %v at least and 16", len(plain), m.aside, m.units, took)
		}
	}
}

// The counts above stand for bcrypts only if x/crypto accepts each dummy.
func TestDummyIsARealBcryptAtEveryCost(t *testing.T) {
	for cost := MinCost; cost <= MaxCost; cost++ {
		if got, err := bcrypt.Cost([]byte(dummyHash(cost).bcryptString())); err != nil || got != cost {
			t.Errorf("cost of the dummy = %d, %v, want %d", got, err, cost)
		}
	}
	for _, plain := range []string{"", "secret", "a\x00", strings.Repeat("a", MaxBytes+1)} {
		var m meter
		if err := m.dummy(5, plain); err != nil || m.units != 1<<5 {
			t.Errorf("dummy for %d bytes: %d units, %v, want 32", len(plain), m.units, err)
		}
	}
}

func TestCompareReportsAHashItCouldNotCompute(t *testing.T) {
	var m meter
	if _, err := m.compare(parsed{format: Bcrypt, cost: 3, salt: "x", digest: "y"}, nil); err == nil || m.units != 0 {
		t.Errorf("compare = %v after %d units, want an error and no work", err, m.units)
	}
}

// SHA-crypt hashes the whole password in every round: minutes, for this one.
func TestOverlongPasswordCostsWhatTheLongestCosts(t *testing.T) {
	h, _ := parse("$6$salt$" + strings.Repeat(".", 86))
	var m meter
	if _, err := m.verify(h, strings.Repeat("a", 8<<20), 4); err != nil {
		t.Fatal(err)
	}
	if m.aside > 10*time.Second {
		t.Errorf("verify of 8 MiB took %v", m.aside)
	}
}

package password

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

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
	at := func(cost int, plain string) string {
		hash, err := new(meter).hash(plain, cost)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	long := strings.Repeat("a", 73)
	tests := []struct {
		name, hash, plain string
		want              uint64
	}{
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

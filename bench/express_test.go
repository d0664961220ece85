package main

import (
	"strings"
	"testing"
)

func TestThePeerIsExpress4(t *testing.T) {
	versions, err := locked()
	if err != nil || !strings.HasPrefix(versions["express"], "4.") {
		t.Errorf("the peers are %v, %v; docs/performance.md says Express 4", versions, err)
	}
}

// The value is that of cookie-signature's own example.
func TestExpressCookieIsSigned(t *testing.T) {
	if got, want := signed("hello", "tobiiscool"), "hello.DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"; got != want {
		t.Errorf("signed = %q, want %q", got, want)
	}
}

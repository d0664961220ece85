package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// The lock says which packages, byte for byte, and not where they come from.
func TestThePackagesOfThePeerAreLocked(t *testing.T) {
	text, err := expressFiles.ReadFile("express/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "://") || strings.Contains(string(text), "resolved") {
		t.Error("package-lock.json names a host; npm leaves it out with the .npmrc beside it, but for the lines about funding")
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	var ours struct{ Dependencies map[string]string }
	wanted, err := expressFiles.ReadFile("express/package.json")
	if err = errors.Join(err, json.Unmarshal(text, &lock), json.Unmarshal(wanted, &ours)); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name != "" && !strings.HasPrefix(p.Integrity, "sha512-") {
			t.Errorf("%s has no hash in package-lock.json", name)
		}
	}
	if got := ours.Dependencies["express"]; !strings.HasPrefix(got, "4.") {
		t.Errorf("Express %q is the peer, want 4", got)
	}
	for name, version := range ours.Dependencies {
		if got := lock.Packages["node_modules/"+name].Version; got != version {
			t.Errorf("%s: %s is locked, want %s", name, got, version)
		}
	}
}

// The value is that of cookie-signature's own example.
func TestExpressCookieIsSigned(t *testing.T) {
	if got, want := signed("hello", "tobiiscool"), "hello.DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"; got != want {
		t.Errorf("signed = %q, want %q", got, want)
	}
}

package browser

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The lock says which packages, byte for byte, and not where they come from.
func TestThePackagesAreLocked(t *testing.T) {
	text, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "://") || strings.Contains(string(text), "resolved") {
		t.Error("package-lock.json names a host; npm leaves it out with the .npmrc beside it")
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	if axe := lock.Packages["node_modules/axe-core"]; !strings.HasPrefix(axe.Integrity, "sha512-") || axe.Version == "" || len(lock.Packages) != 2 {
		t.Errorf("packages = %+v, want axe-core alone", lock.Packages)
	}
}

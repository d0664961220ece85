package tests

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const examplesVariable = "GATEHOUSE_TEST_REQUIRE_EXAMPLES"

// Copies of these folders with their npm packages, in the versions that are locked there.
var (
	oldProgramPackages = npmPackages("oldprogram")
	postmanPackages    = npmPackages("postman")
	consumerPackages   = npmPackages("consumers", "../docs/examples/verify-node")
)

// npmPackages has the other folders beside the packages, so that programs in them find these.
func npmPackages(folder string, beside ...string) func() (string, error) {
	return madeOnce(folder, func(dir string) error {
		failed := os.CopyFS(dir, os.DirFS(folder))
		for _, other := range beside {
			failed = errors.Join(failed, os.CopyFS(filepath.Join(dir, filepath.Base(other)), os.DirFS(other)))
		}
		if failed != nil {
			return failed
		}
		return runIn(dir, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	})
}

// installed returns such a folder, or ends the test where nobody wants packages to be installed.
func installed(t *testing.T, packages func() (string, error)) string {
	t.Helper()
	needNPM(t)
	dir, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func needNPM(t *testing.T) {
	t.Helper()
	if os.Getenv(examplesVariable) == "" {
		t.Skipf("it installs packages with npm, which is done only where %s is set", examplesVariable)
	}
	needPrograms(t, examplesVariable, "node", "npm")
}

// A lock says which packages, byte for byte, and not where they come from.
func TestTheNpmPackagesAreLocked(t *testing.T) {
	t.Parallel()
	for folder, own := range map[string]int{ // with how many packages they ask for themselves
		"tests/browser": 1, "tests/consumers": 2, "tests/oldprogram": 2, "tests/postman": 1, "bench/express": 5,
	} {
		text := example(t, folder+"/package-lock.json")
		if strings.Contains(text, "://") || strings.Contains(text, "resolved") {
			t.Errorf("%s: the lock names a host; npm leaves it out with the .npmrc beside it, but for the lines about funding", folder)
		}
		var lock struct {
			Packages map[string]struct{ Version, Integrity string }
		}
		if err := json.Unmarshal([]byte(text), &lock); err != nil {
			t.Fatalf("%s: %v", folder, err)
		}
		for name, p := range lock.Packages {
			if name != "" && !strings.HasPrefix(p.Integrity, "sha512-") {
				t.Errorf("%s: %s has no hash in the lock", folder, name)
			}
		}
		dependencies := dependenciesOf(t, folder)
		for name, version := range dependencies {
			if locked := lock.Packages["node_modules/"+name].Version; locked != version {
				t.Errorf("%s: %s %s is locked, want %s", folder, name, locked, version)
			}
		}
		if len(dependencies) != own {
			t.Errorf("%s: dependencies = %v, want %d", folder, dependencies, own)
		}
	}
}

// Who copies the example gets the major versions that it was tested with.
func TestTheVerifiersForNodeAskForWhatIsTested(t *testing.T) {
	t.Parallel()
	shown, tested := dependenciesOf(t, "docs/examples/verify-node"), dependenciesOf(t, "tests/consumers")
	if len(shown) != len(tested) {
		t.Errorf("the example asks for %v, and %v are tested", shown, tested)
	}
	for name, version := range tested {
		major, _, _ := strings.Cut(version, ".")
		if !strings.HasPrefix(shown[name], "^"+major+".") {
			t.Errorf("%s: the example asks for %s, and %s is tested", name, shown[name], version)
		}
	}
}

// dependenciesOf are the packages that the package.json of a folder names, with their versions.
func dependenciesOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	var own struct{ Dependencies map[string]string }
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(folder), "package.json"))
	if err = errors.Join(err, json.Unmarshal(text, &own)); err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	return own.Dependencies
}

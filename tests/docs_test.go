package tests

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that README.md or docs/ name as the proof of a promise must exist.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	defined := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range function.FindAllSubmatch(text, -1) {
			defined[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	documents, _ := filepath.Glob("../docs/*.md")
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	found := 0
	for _, path := range append(documents, "../README.md", "../SECURITY.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			found++
			if !defined[string(m[1])] {
				t.Errorf("%s names %s, which is no test", path, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d tests are named; is the pattern still right?", found)
	}
}

var (
	timeOfDay   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	requestName = regexp.MustCompile(`"requestId":"[a-z0-9]+"`)
	tokenText   = regexp.MustCompile(`"(access|refresh)Token":"eyJ[^"]+"`)
)

// masked hides what differs from run to run.
func masked(s string) string {
	s = timeOfDay.ReplaceAllString(s, "TIME")
	s = tokenText.ReplaceAllString(s, `"${1}Token":"TOKEN"`)
	return strings.TrimSpace(requestName.ReplaceAllString(s, `"requestId":"ID"`))
}

// The curl sessions of the README print what the README shows.
func TestReadmeSessionPrintsWhatItShows(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	session := ""
	for _, block := range strings.Split(string(text), "```console\n")[1:] {
		shown, _, _ := strings.Cut(block, "```")
		session += shown
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	each(t, func(t *testing.T, databaseURL string) {
		site := strings.TrimPrefix(inside(t, settings(t, databaseURL)).url, "http://")
		dir := t.TempDir()
		steps := strings.Split(session, "$ ")[1:]
		if len(steps) < 6 {
			t.Errorf("the README shows %d steps", len(steps))
		}
		for _, step := range steps {
			command, want, _ := strings.Cut(step, "\n")
			sh := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(command, "localhost:3000", site)+" -sS")
			sh.Dir, sh.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
			got, err := sh.Output()
			if err != nil || masked(string(got)) != masked(want) {
				t.Errorf("$ %s\nprints %s\nwant   %s (%v)", command, masked(string(got)), masked(want), err)
			}
		}
	})
}

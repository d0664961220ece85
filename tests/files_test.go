package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// example returns a file of this repository with parts replaced. Each part must be there, else the test would run
// something else than what people copy.
func example(t *testing.T, name string, oldnew ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(text), oldnew[i]) {
			t.Fatalf("%s does not hold %q any more", name, oldnew[i])
		}
	}
	return strings.NewReplacer(oldnew...).Replace(string(text))
}

// blocksUnder returns the indented blocks of a document under a heading, without the indentation.
func blocksUnder(t *testing.T, page, heading string) []string {
	t.Helper()
	_, text, found := strings.Cut(page, "\n"+heading+"\n")
	if !found {
		t.Fatalf("the page has no heading %q any more", heading)
	}
	text, _, _ = strings.Cut(text, "\n#")
	var blocks []string
	inside, gap := false, ""
	for line := range strings.Lines(text) {
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && inside:
			blocks[len(blocks)-1] += gap + code
		case indented:
			blocks = append(blocks, code)
		case strings.TrimSpace(line) == "":
			gap += "\n"
			continue
		}
		inside, gap = indented, ""
	}
	return blocks
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copied(t *testing.T, folder string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return dir
}

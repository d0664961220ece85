package tests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are the pages that people read, by their paths from here.
func documents(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../bench/*.md"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			pages[path] = readFile(t, path)
		}
	}
	if len(pages) < 20 {
		t.Fatalf("%d pages were found", len(pages))
	}
	return pages
}

// Every test that a page names as the proof of a promise must exist.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
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
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	found := 0
	for path, page := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(page, -1) {
			found++
			if !defined[m[1]] {
				t.Errorf("%s names %s, which is no test", path, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d tests are named; is the pattern still right?", found)
	}
}

func TestDocumentsNameFilesThatExist(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`((?:bench|commands|config|controllers|db|deploy|docs|metrics|migrations|models|openapi|sessionstore|tests|views)/[\\w./*-]*)`")
	found := 0
	for path, page := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(page, -1) {
			found++
			if files, err := filepath.Glob(filepath.Join("..", m[1])); (err != nil || len(files) == 0) && m[1] != "config/initializers/devise.rb" { // of Rails
				t.Errorf("%s names %s, which is not there", path, m[1])
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d files are named; is the pattern still right?", found)
	}
}

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	pages := documents(t)
	headings := map[string]bool{} // as links name them
	for path, page := range pages {
		for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
			words := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
			headings[path+"#"+strings.ReplaceAll(words, " ", "-")] = true
		}
	}
	found := 0
	for path, page := range pages {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(page, -1) {
			file, heading, toHeading := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			found++
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(to); err != nil || toHeading && !headings[to+"#"+heading] {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d links are there; is the pattern still right?", found)
	}
}

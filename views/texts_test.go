package views

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// computed are keys that are put together when they are needed, and so stand nowhere as a whole.
var computed = regexp.MustCompile(`^([a-z_]+\.done|problem|beside|event|device|error\.title|span|says)\.`)

// sources returns the files of a pattern that are no tests, by their paths.
func sources(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	if len(texts) == 0 {
		t.Fatalf("there is no %s", pattern)
	}
	return texts
}

// used returns each key that templates and the program name.
func used(t *testing.T) []string {
	t.Helper()
	var keys []string
	for _, in := range []struct{ pattern, use, prefix string }{
		{"*.html", `[{( ]t "([^"]+)"`, ""},
		{"*.html", `field \.Form "([^"]+)"`, "field."},
		{"*.go", `\.texts\["([^"]+)"\]`, ""},
		{"*.go", `\.Text\("([^"]+)"[,)]`, ""},
		{"../controllers/*.go", `\.Text\("([^"]+)"[,)]`, ""},
	} {
		use := regexp.MustCompile(in.use)
		for _, text := range sources(t, in.pattern) {
			for _, m := range use.FindAllStringSubmatch(text, -1) {
				keys = append(keys, in.prefix+m[1])
			}
		}
	}
	return keys
}

func TestEveryLanguageHasTheTextsThatAreUsedAndNoOthers(t *testing.T) {
	keys := used(t)
	if len(keys) < 50 {
		t.Fatalf("only %d uses were found", len(keys))
	}
	paths, err := fs.Glob(languages, "texts/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	english, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		language := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(language, func(t *testing.T) {
			texts, err := readTexts(language)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range keys {
				if texts[key] == "" {
					t.Errorf("there is no text %q", key)
				}
			}
			for key := range english {
				if texts[key] == "" && !strings.HasPrefix(key, "says.") {
					t.Errorf("%q is in English alone", key)
				}
			}
			for key := range texts {
				if !slices.Contains(keys, key) && !computed.MatchString(key) {
					t.Errorf("nobody uses the text %q", key)
				}
			}
		})
	}
}

// Every act that ends on another page tells there what was done.
func TestWhatIsDoneHasAText(t *testing.T) {
	texts, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	var found int
	done := regexp.MustCompile(`"/([a-z/]+)\?done=([a-z-]+)"`)
	for path, source := range sources(t, "../controllers/*.go") {
		for _, m := range done.FindAllStringSubmatch(source, -1) {
			key := strings.ReplaceAll(m[1], "/", "_") + ".done." + m[2]
			if found++; texts[key] == "" {
				t.Errorf("%s: there is no text %q", path, key)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d redirects were found", found)
	}
}

func TestNoTextIsThereTwice(t *testing.T) {
	paths, err := fs.Glob(languages, "texts/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := languages.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		dec, seen := json.NewDecoder(file), map[string]bool{}
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				t.Fatal(err)
			}
			var text string
			if err := dec.Decode(&text); err != nil || text == "" {
				t.Errorf("%s: %v has the text %q, %v", path, key, text, err)
			}
			if name, _ := key.(string); seen[name] {
				t.Errorf("%s has %q twice", path, name)
			} else {
				seen[name] = true
			}
		}
		if len(seen) < 50 {
			t.Errorf("%s has %d texts", path, len(seen))
		}
	}
}

func TestSpansAreRoundedUp(t *testing.T) {
	v := english(t)
	for d, want := range map[time.Duration]string{
		0:                              "0 seconds",
		time.Millisecond:               "1 second",
		time.Second:                    "1 second",
		time.Second + time.Millisecond: "2 seconds",
		90 * time.Second:               "90 seconds",
		91 * time.Second:               "2 minutes",
		10 * time.Minute:               "10 minutes",
		time.Hour:                      "60 minutes",
		90 * time.Minute:               "90 minutes",
		91 * time.Minute:               "2 hours",
		24 * time.Hour:                 "24 hours",
	} {
		if got := v.Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestTextsTakeTheirArguments(t *testing.T) {
	v := english(t)
	if text, ok := v.Text("problem.too_many_requests", "1 minute"); !ok || text != "Too many tries. You can try again in 1 minute." {
		t.Errorf("%q, %v", text, ok)
	}
	if text, ok := v.Text("problem.nothing"); ok || text != "" {
		t.Errorf("%q, %v", text, ok)
	}
	if got := v.Sentence("is required"); got != "is required" {
		t.Errorf("Sentence = %q", got)
	}
}

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

// named are keys that end in the name of something that the controllers know, and so stand nowhere as a whole. The tests of
// the controllers find the names, and want a text for each and no others.
var named = regexp.MustCompile(`^([a-z_]+\.done|problem|beside|event|error\.title|says|admin_events\.by|admin_user\.address)\.`)

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
		{"*.go", `t\["([^"]+)"\]`, ""},
		{"*.go", `\.say\("([^"]+)"[,)]`, ""},
		{"*.go", `"(span\.[a-z]+)"`, ""},
		{"../controllers/*.go", `\.Text\("([^"]+)"[,)]`, ""},
		{"../controllers/*.go", `\.Chart\("([^"]+)"[,)]`, ""},
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
			if months := strings.Fields(texts["months"]); len(months) != 12 {
				t.Errorf("there are %d months", len(months))
			}
			for key := range english {
				if texts[key] == "" {
					t.Errorf("%q is in English alone", key)
				}
			}
			for key := range texts {
				if !slices.Contains(keys, key) && !named.MatchString(key) {
					t.Errorf("nobody uses the text %q", key)
				}
			}
		})
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
		dec, seen, events := json.NewDecoder(file), map[string]bool{}, map[string]bool{}
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
			if name, _ := key.(string); strings.HasPrefix(name, "event.") {
				if events[text] {
					t.Errorf("%s: %s is not the only event called %q", path, name, text)
				}
				events[text] = true
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
	if text, ok := v.Text("problem.too_many_requests", "1 minute"); !ok || text != "Too many attempts. Try again in 1 minute." {
		t.Errorf("%q, %v", text, ok)
	}
	if text, ok := v.Text("problem.nothing"); ok || text != "" {
		t.Errorf("%q, %v", text, ok)
	}
}

// What is put into a text may look like a place for something else: a User-Agent is whatever a program sends.
func TestArgumentsAreLeftAsTheyAre(t *testing.T) {
	if text, _ := english(t).Text("device.both", "{1}/{0}", "{0}"); text != "{1}/{0} on {0}" {
		t.Errorf("%q", text)
	}
}

func TestAMistakeInAFieldIsToldInAWholeSentence(t *testing.T) {
	v := english(t)
	v.texts["says.is {0} of {1}, not {2}"] = "{2} is not {1}: {0}."
	for says, want := range map[string]string{
		"is required":                     "Please fill this in.",
		"must have at least 8 characters": "Use at least 8 characters.",
		"must have at most 1024 bytes":    "This password is too long. Use at most 1024 bytes.",
		"is 1 of 22, not 3":               "3 is not 22: 1.",
		"is new":                          "New password is new.",
	} {
		if got := v.Sentence("newPassword", says); got != want {
			t.Errorf("%s: %q, want %q", says, got, want)
		}
	}
	if got := v.Sentence("colour", "is new"); got != "colour is new." {
		t.Errorf("without a label: %q", got)
	}
}

func TestDatesAreInTheWordsOfTheLanguage(t *testing.T) {
	v := english(t)
	at := time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("", 3600)) // the day before in UTC
	if got, err := v.texts.time(at); got != "28 Feb 2026, 23:30 UTC" || err != nil {
		t.Errorf("time = %q, %v", got, err)
	}
	if got, err := v.texts.date(at); got != "28 Feb 2026" || err != nil {
		t.Errorf("date = %q, %v", got, err)
	}
	v.texts["months"], v.texts["date"], v.texts["time"] = "jan feb mars", "{2}-{1}-{0}", "{3} {1}"
	if got, err := v.texts.date(at); err == nil {
		t.Errorf("a year of three months: %q", got)
	}
	v.texts["months"] += " apr maj juni juli aug sep okt nov dec"
	if got, err := v.texts.date(at); got != "2026-feb-28" || err != nil {
		t.Errorf("date = %q, %v", got, err)
	}
	if got, err := v.texts.time(at.AddDate(0, 9, 15)); got != "23:30 dec" || err != nil {
		t.Errorf("time = %q, %v", got, err)
	}
}

package controllers

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/models/event"
)

// These tests find what has a text by its name: kinds of events, codes of refusals, acts that are done, mistakes in fields. Each
// wants a text for all of them, and none for what is there no more.

// named returns what texts of a page are called after a prefix of their keys.
func named(t *testing.T, prefix string) []string {
	t.Helper()
	data, err := os.ReadFile("../views/texts/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	var names []string
	for key := range texts {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			names = append(names, name)
		}
	}
	return names
}

// wantTexts wants a text for each of these names, with a prefix before it, and no other with this prefix.
func wantTexts(t *testing.T, prefix string, names []string) {
	t.Helper()
	texts := named(t, prefix)
	if len(names) == 0 {
		t.Errorf("nothing was found that has a text %s", prefix)
	}
	for _, name := range names {
		if !slices.Contains(texts, name) {
			t.Errorf("there is no text %q", prefix+name)
		}
	}
	for _, name := range texts {
		if !slices.Contains(names, name) {
			t.Errorf("nobody uses the text %q", prefix+name)
		}
	}
}

// sources returns the program text of the files of these patterns but tests and whatever has a name with a part of without.
func sources(t *testing.T, without string, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || without != "" && strings.Contains(file, without) {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

func TestEveryEventHasAText(t *testing.T) {
	var names []string
	for _, kind := range event.Kinds {
		names = append(names, string(kind))
	}
	wantTexts(t, "event.", names)
}

func TestWhatAdminsAreToldOfUsersHasAText(t *testing.T) {
	wantTexts(t, "admin_events.by.", []string{string(event.Visitor), string(event.Admin), string(event.Operator), string(event.Server)})
	wantTexts(t, "admin_user.address.", []string{"confirmed", "waiting", "not_asked"})
}

// notOnPages are the codes of refusals that no page shows, and why.
var notOnPages = map[string]string{
	"not_signed_in":   "they are sent to sign in",
	"session_expired": "they are sent to sign in",
	"forbidden":       "only /api/auth/forward asks for roles",
	"token_expired":   "of programs that hold tokens",
	"token_invalid":   "of programs that hold tokens",
	"token_revoked":   "of programs that hold tokens",
	"refresh_reused":  "of programs that hold tokens",
}

func TestEveryRefusalHasAText(t *testing.T) {
	var codes, shown []string
	code := regexp.MustCompile(`refusal\{http\.Status\w+, "(\w+)"|is\.code, is\.message = "(\w+)"`)
	for _, m := range code.FindAllStringSubmatch(sources(t, "", "*.go"), -1) {
		codes = append(codes, m[1]+m[2])
	}
	for _, r := range refusals {
		if !slices.Contains(codes, r.is.code) {
			t.Errorf("the code %s was not found in the source", r.is.code)
		}
	}
	for _, code := range codes {
		if notOnPages[code] == "" {
			shown = append(shown, code)
		}
	}
	wantTexts(t, "problem.", shown)
	for code := range notOnPages {
		if !slices.Contains(codes, code) {
			t.Errorf("there is no code %s", code)
		}
	}
	wantTexts(t, "beside.", slices.Collect(maps.Keys(beside)))
	for _, code := range named(t, "error.title.") {
		if !slices.Contains(shown, code) {
			t.Errorf("there is a title for %s, which no page shows", code)
		}
	}
}

func TestWhatIsDoneHasAText(t *testing.T) {
	source := sources(t, "", "*.go")
	done := map[string][]string{}
	var found int
	add := func(pattern string, pages ...string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(source, -1) {
			found++
			if len(m) == 3 {
				pages = []string{strings.ReplaceAll(m[1], "/", "_")}
			}
			for _, page := range pages {
				done[page] = append(done[page], m[len(m)-1])
			}
		}
	}
	add(`"/([a-z/]+)\?done=([a-z-]+)"`)
	add(`h\.path\+"\?done=([a-z-]+)"`, "forgot", "verify_resend")
	add(`query\.Set\("done", "([a-z-]+)"\)`, "login")
	add(`(?:act == |case )"([a-z-]+)"(?: \{|:)\n\t\treturn h\.`, "admin_user")
	if all := len(regexp.MustCompile(`done=[a-z]|Set\("done"|"(?: \{|:)\n\t\treturn h\.`).FindAllString(source, -1)); found != all || found < 10 {
		t.Errorf("%d of %d were understood", found, all)
	}
	for page, names := range done {
		wantTexts(t, page+".done.", names)
	}
	for _, key := range named(t, "") {
		if page, _, ok := strings.Cut(key, ".done."); ok && done[page] == nil {
			t.Errorf("nobody uses the text %q", key)
		}
	}
}

// notInForms are sentences about what no form of a page has or can send wrongly, and why.
var notInForms = map[string]string{
	"must be text":                    "a form sends nothing else",
	"must be true or false":           "the box sends true",
	"must be local, others or global": "a page signs out this session",
	"must be a known kind of event":   "the page offers those that there are",
	"must be written ":                "it is told with the role, and admins understand it",
}

// TestEveryMistakeInAFieldHasAText reads the sentences from the source: a new one begins with one of these words, too.
func TestEveryMistakeInAFieldHasAText(t *testing.T) {
	source := sources(t, "import", "*.go", "../models/account/*.go", "../models/user/user.go", "../models/password/guessed/guessed.go")
	var sentences, shown []string
	for _, m := range regexp.MustCompile(`"((?:is|has|looks|must|cannot|may|needs) [^"]*)"`).FindAllStringSubmatch(source, -1) {
		sentences = append(sentences, strings.ReplaceAll(m[1], "%d", "{0}"))
	}
	for _, sentence := range sentences {
		if notInForms[sentence] == "" {
			shown = append(shown, sentence)
		}
	}
	wantTexts(t, "says.", shown)
	for sentence := range notInForms {
		if !slices.Contains(sentences, sentence) {
			t.Errorf("nothing says %q", sentence)
		}
	}
}

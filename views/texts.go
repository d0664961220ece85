package views

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

//go:embed texts/*.json
var languages embed.FS

// texts are all that people read on pages, by key. Another language is another file.
type texts map[string]string

func readTexts(language string) (texts, error) {
	data, err := languages.ReadFile("texts/" + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	var t texts
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("read texts of %s: %w", language, err)
	}
	return t, nil
}

// say returns a text, with {0}, {1}, ... replaced by the arguments, which are left as they are. A text that is missing is an
// error.
func (t texts) say(key string, args ...any) (string, error) {
	text, ok := t[key]
	if !ok {
		return "", fmt.Errorf("there is no text %q", key)
	}
	var pairs []string
	for i, arg := range args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return strings.NewReplacer(pairs...).Replace(text), nil
}

// Text returns a text, and false if there is none with this key.
func (v *Views) Text(key string, args ...any) (string, bool) {
	text, err := v.texts.say(key, args...)
	return text, err == nil
}

// Sentence translates a sentence of the program, such as what is wrong with a field: the text "says.SENTENCE", where the
// language has one.
func (v *Views) Sentence(s string) string {
	if text, ok := v.Text("says." + s); ok {
		return text
	}
	return s
}

// Span returns a time in words, rounded up to whole seconds, minutes or hours.
func (v *Views) Span(d time.Duration) string {
	unit, size := "second", time.Second
	switch {
	case d > 90*time.Minute:
		unit, size = "hour", time.Hour
	case d > 90*time.Second:
		unit, size = "minute", time.Minute
	}
	n := int((d + size - 1) / size)
	if n == 1 {
		text, _ := v.Text("span.one." + unit)
		return text
	}
	text, _ := v.Text("span.many."+unit, n)
	return text
}

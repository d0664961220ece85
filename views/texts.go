package views

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
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

var number = regexp.MustCompile(`[0-9]+`)

// Sentence tells people what is wrong with a field, of which the program says a sentence without its subject, such as "must
// have at least 8 characters". It is the text "says.must have at least {0} characters", which gets the numbers; where the
// language has none, the field's label and what the program says.
func (v *Views) Sentence(field, says string) string {
	var numbers []any
	key := number.ReplaceAllStringFunc(says, func(n string) string {
		numbers = append(numbers, n)
		return fmt.Sprintf("{%d}", len(numbers)-1)
	})
	if text, ok := v.Text("says."+key, numbers...); ok {
		return text
	}
	label, ok := v.Text("field." + field)
	if !ok {
		label = field
	}
	return label + " " + says + "."
}

// Span returns a time in words, rounded up to whole seconds, minutes or hours.
func (v *Views) Span(d time.Duration) string {
	switch {
	case d > 90*time.Minute:
		return v.count(d, time.Hour, "span.hour", "span.hours")
	case d > 90*time.Second:
		return v.count(d, time.Minute, "span.minute", "span.minutes")
	default:
		return v.count(d, time.Second, "span.second", "span.seconds")
	}
}

func (v *Views) count(d, unit time.Duration, one, many string) string {
	n := int((d + unit - 1) / unit)
	key := many
	if n == 1 {
		key = one
	}
	text, _ := v.Text(key, n)
	return text
}

// date returns a day in UTC, as the text "date" has it: {0} is the day, {1} the month's name in "months", {2} the year.
func (t texts) date(at time.Time) (string, error) {
	day, month, year, err := t.day(at)
	if err != nil {
		return "", err
	}
	return t.say("date", day, month, year)
}

// time returns a day and the time of day in UTC, as the text "time" has it: as in date, and {3} is hours and minutes.
func (t texts) time(at time.Time) (string, error) {
	day, month, year, err := t.day(at)
	if err != nil {
		return "", err
	}
	return t.say("time", day, month, year, at.UTC().Format("15:04"))
}

func (t texts) day(at time.Time) (day int, month string, year int, err error) {
	months := strings.Fields(t["months"])
	if len(months) != 12 {
		return 0, "", 0, fmt.Errorf("there are %d months", len(months))
	}
	year, m, day := at.UTC().Date()
	return day, months[m-1], year, nil
}

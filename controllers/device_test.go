package controllers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/views"
)

func TestWhatAProgramSaysOfItselfIsShownInFewLetters(t *testing.T) {
	v, err := views.New("en", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	h := &pages{views: v}
	long := strings.Repeat("ü", longestName)
	for agent, want := range map[string]string{
		long + "/1.0":                           long,
		"x" + long + "/1.0":                     "x" + strings.Repeat("ü", longestName-1) + "…",
		"x" + long + "/1.0 (X11; Linux x86_64)": "x" + strings.Repeat("ü", longestName-1) + "… on Linux",
		"{1}/1.0":                               "{1}",
		"{1}/1.0 (X11; Linux x86_64)":           "{1} on Linux",
		"":                                      "Unknown device",
	} {
		if got := h.device(agent); got != want || !utf8.ValidString(got) {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
}

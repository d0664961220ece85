package guessed

import (
	"slices"
	"strings"
	"unicode"
)

// fewestLetters is how many letters a word must have to refuse a password: with fewer, too little of the password is the
// word.
const fewestLetters = 3

// names tells whether a password is one of the words and nothing more, in any case and with any digits, spaces and
// punctuation before and after: "Gatehouse2026!" is "gatehouse", "gatehouse keeps my cats" is not.
func names(plain string, words []string) bool {
	bare := core(plain)
	if countLetters(bare) < fewestLetters {
		return false
	}
	return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(core(word), bare) })
}

// partsOf returns an e-mail address, its local part and its domain.
func partsOf(email string) []string {
	local, domain, _ := strings.Cut(email, "@")
	return []string{email, local, domain}
}

// core is a text without what people put around a word to make it longer.
func core(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		ascii := r <= unicode.MaxASCII
		return unicode.IsNumber(r) || unicode.IsSpace(r) || unicode.IsPunct(r) || ascii && unicode.IsSymbol(r)
	})
}

func countLetters(text string) int {
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

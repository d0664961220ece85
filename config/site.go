package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName fits into the subject of a mail and the title of a page.
const longestName = 60

func (c *checker) siteName(value string) string {
	value = strings.TrimSpace(value)
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unprintable) || utf8.RuneCountInString(value) > longestName {
		c.fail("site-name", "%s is not a name of 1 to %d printable characters", quote(value), longestName)
		return ""
	}
	return value
}

package commands

import "fmt"

// plural chooses the words that follow a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// counted is a number with the words that follow it.
func counted(n int, one, many string) string { return fmt.Sprintf("%d %s", n, plural(n, one, many)) }

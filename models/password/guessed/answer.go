package guessed

import (
	"errors"
	"strconv"
	"strings"
)

var errStrange = errors.New("the answer is not a list of hashes")

// counts tells whether an answer has a suffix with a count over zero. Each line is the rest of a hash in hex, a colon and
// how often that password has leaked; lines that only pad the answer say 0.
func counts(answer, suffix string) (bool, error) {
	for line := range strings.Lines(answer) {
		rest, number, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		count, err := strconv.ParseUint(number, 10, 64)
		if err != nil || len(rest) != len(suffix) || !isHex(rest) {
			return false, errStrange
		}
		if count > 0 && strings.EqualFold(rest, suffix) {
			return true, nil
		}
	}
	return false, nil
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

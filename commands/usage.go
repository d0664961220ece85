package commands

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

var negative = regexp.MustCompile(`^-\d`)

// withNumbers writes "--flag -1" as "--flag=-1": to kong, what begins with a dash is another flag, and it would say so instead
// of what is wrong with the number.
func withNumbers(args []string) []string {
	var joined []string
	for i, arg := range args {
		if arg == "--" {
			return append(joined, args[i:]...)
		}
		last := len(joined) - 1
		if last >= 0 && negative.MatchString(arg) && strings.HasPrefix(joined[last], "--") && !strings.Contains(joined[last], "=") {
			joined[last] += "=" + arg
			continue
		}
		joined = append(joined, arg)
	}
	return joined
}

// usage tells a person what is wrong with the command line, and whose help tells more.
func (p *program) usage(err error) int {
	_, _ = fmt.Fprintf(p.stderr, "gatehouse: %s\nTry: gatehouse %s--help\n", inPlainWords(err.Error()), commandOf(err))
	return exitUsage
}

// commandOf is what was typed of a command, with a space behind it. The settings of serve stand in the help of all.
func commandOf(err error) (words string) {
	e, ok := errors.AsType[*kong.ParseError](err)
	if !ok {
		return ""
	}
	for _, step := range e.Context.Path {
		if step.Command != nil && step.Command.Name != "serve" {
			words += step.Command.Name + " "
		}
	}
	return words
}

// plainWords stand for sentences of kong that are for programmers.
var plainWords = []struct {
	kong  *regexp.Regexp
	plain string
}{
	{regexp.MustCompile(`^(--[\w-]+): expected \w+ value but got .*$`), `$1 needs a value`},
	{regexp.MustCompile(`^(--[\w-]+): expected duration but got (".*"): .*$`), `$1: $2 is not a length of time; write it as 90s, 30m or 168h`},
	{regexp.MustCompile(`expected a valid 64 bit int but got (".*")$`), `$1 is not a whole number`},
	{regexp.MustCompile(`^flag (--[\w-]+) applies to the default command "serve", not "(.*)"$`), `$1 comes after the command: gatehouse $2 $1 ...`},
	{regexp.MustCompile(`^unknown flag (-\d[^,]*).*$`), `unknown flag $1; put -- before a word that begins with a dash`},
}

func inPlainWords(sentence string) string {
	for _, w := range plainWords {
		sentence = w.kong.ReplaceAllString(sentence, w.plain)
	}
	return sentence
}

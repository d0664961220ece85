package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake in one setting. The message says what was given, unless it is a secret, and what would be right.
type Problem struct {
	Setting string // as in "listen"
	Message string
}

// Problems are all mistakes that Check found, in the order in which it looks.
type Problems []Problem //nolint:errname // a list of what to put right, shown to a person

// Error prints one line for each mistake.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Setting + ": " + problem.Message
	}
	return strings.Join(lines, "\n")
}

// checker collects mistakes and warnings while one Settings is checked.
type checker struct {
	problems Problems
	warnings []string
}

// fail notes a mistake. The format must quote what was typed with quote, so that a line stays one line.
func (c *checker) fail(setting, format string, args ...any) {
	c.problems = append(c.problems, Problem{setting, fmt.Sprintf(format, args...)})
}

// failURL notes a mistake in a URL, and quotes it unless a password may have been typed into it.
func (c *checker) failURL(setting, value, complaint, example string) {
	if !strings.Contains(value, "@") {
		complaint = quote(value) + " " + complaint
	}
	c.fail(setting, "%s; write one such as %s", complaint, example)
}

// failed reports whether one of the settings has a mistake, so that what follows from it is not reported as well.
func (c *checker) failed(settings ...string) bool {
	for _, p := range c.problems {
		for _, s := range settings {
			if p.Setting == s {
				return true
			}
		}
	}
	return false
}

func (c *checker) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// quote shows a typed value on one line and cuts a very long one.
func quote(value string) string {
	const most = 100
	if len(value) > most {
		value = strings.ToValidUTF8(value[:most], "") + "..."
	}
	return fmt.Sprintf("%q", value)
}

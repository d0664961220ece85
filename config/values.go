package config

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (c *checker) integer(setting, value string, least, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < least || n > most {
		c.fail(setting, "%s is not a whole number from %d to %d", quote(value), least, most)
		return 0
	}
	return n
}

func (c *checker) duration(setting, value string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(strings.TrimSpace(value))
	if err != nil {
		c.fail(setting, "%s is not a length of time; write it as 90s, 30m or 168h", quote(value))
		return 0
	}
	if d < least || d > most {
		c.fail(setting, "%s is not between %s and %s", quote(value), short(least), short(most))
		return 0
	}
	return d
}

// choice returns the one of the choices that value is, or "".
func (c *checker) choice(setting, value string, choices ...string) string {
	if trimmed := strings.TrimSpace(value); slices.Contains(choices, trimmed) {
		return trimmed
	}
	last := len(choices) - 1
	c.fail(setting, "%s is not known; use %s or %s", quote(value), strings.Join(choices[:last], ", "), choices[last])
	return ""
}

func (c *checker) onOff(setting, value string) bool {
	return c.choice(setting, value, "on", "off") == "on"
}

func (c *checker) logLevel(value string) slog.Level {
	var level slog.Level
	if name := c.choice("log-level", value, "debug", "info", "warn", "error"); name != "" {
		_ = level.UnmarshalText([]byte(name)) // The four names are slog's own.
	}
	return level
}

// list splits at commas and drops blanks and empty items.
func list(value string) []string {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// short prints a duration as people write it: 12h, not 12h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

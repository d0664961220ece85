package controllers

import "github.com/mileusna/useragent"

// device tells in words which program and system a User-Agent names. It is only what the program says of itself.
func (h *pages) device(userAgent string) string {
	ua := useragent.Parse(userAgent)
	name, system := brief(ua.Name), ua.OS // which is one of few that useragent knows
	switch {
	case name == "":
		text, _ := h.views.Text("device.unknown")
		return text
	case system == "":
		return name
	default:
		text, _ := h.views.Text("device.both", name, system)
		return text
	}
}

// longestName keeps what a hostile program says of itself from filling a page.
const longestName = 60 // characters

func brief(name string) string {
	if letters := []rune(name); len(letters) > longestName {
		return string(letters[:longestName]) + "…"
	}
	return name
}

package controllers

import "github.com/mileusna/useragent"

// device tells in words which program and system a User-Agent names. It is only what the program says of itself.
func (h *pages) device(userAgent string) string {
	ua := useragent.Parse(userAgent)
	key := "device.unknown"
	switch {
	case ua.Name != "" && ua.OS != "":
		key = "device.both"
	case ua.Name != "":
		key = "device.program"
	}
	text, _ := h.views.Text(key, short(ua.Name), ua.OS)
	return text
}

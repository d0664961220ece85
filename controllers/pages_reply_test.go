package controllers

import (
	"fmt"
	"net/http"
	"strings"
)

// person is what a browser accepts.
const person = "text/html,application/xhtml+xml,*/*;q=0.8"

// What programs say of themselves.
const (
	onLinux   = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	onPhone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
	onWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0"
)

// sentTo tells where a redirect after a form leads.
func (r reply) sentTo(path string) {
	r.t.Helper()
	r.want(http.StatusSeeOther)
	if got := r.header.Get("Location"); got != path {
		r.t.Errorf("sent to %q, want %q", got, path)
	}
}

// says wants texts on a page.
func (r reply) says(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			r.t.Errorf("the page does not say %q: %s", text, r.body)
		}
	}
	return r
}

// hides wants texts to be nowhere on a page.
func (r reply) hides(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.body, text) {
			r.t.Errorf("the page says %q: %s", text, r.body)
		}
	}
	return r
}

// keepsTo wants a token to be on a page in the hidden field of its form and nowhere else, and the page to be kept and told by
// nobody (ASVS 14.2.1, 14.3.2).
func (r reply) keepsTo(token string) reply {
	r.t.Helper()
	r.says(`<input type="hidden" name="token" value="` + token + `">`)
	if strings.Count(r.body, token) != 1 || strings.Contains(fmt.Sprint(r.header), token) {
		r.t.Errorf("the token is elsewhere, too: %v %s", r.header, r.body)
	}
	if r.header.Get("Referrer-Policy") != "strict-origin" || r.header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("the address may be told or kept: %v", r.header)
	}
	return r
}

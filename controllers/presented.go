package controllers

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"
)

// presented are the tokens that came with a request.
type presented struct {
	access, refresh string
	any             bool  // a request that carries any is judged by them alone, and a cookie beside them is ignored
	err             error // why they cannot be read
}

// The names of the token headers, as net/http spells them. Each has two, because proxies drop names with an underscore.
var (
	accessHeaders  = []string{"Authorization_access", "Authorization-Access"}
	refreshHeaders = []string{"Authorization_refresh", "Authorization-Refresh"}
)

// readTokens reads the token headers. Where there are any, sessions.Default shows nothing of a cookie that came with
// them. Whether they are good is judged by the routes that need somebody.
func (h callers) readTokens(c *gin.Context) {
	r := of(c)
	if r.tokens = tokensOf(c.Request.Header); r.tokens.any {
		h.cookies.withhold(c)
	}
}

// readTokensAndForm is for routes that take tokens from the headers and more from the body.
func readTokensAndForm(c *gin.Context) (presented, *form, error) {
	given := of(c).tokens
	if given.err != nil {
		return given, nil, given.err
	}
	f, err := readForm(c)
	return given, f, err
}

// tokensOf reads the headers. Two different values for one token are malformed: two programs that look at one request
// must not see different tokens in it.
func tokensOf(h http.Header) presented {
	access, refresh := headerValues(h, accessHeaders), headerValues(h, refreshHeaders)
	for _, v := range h["Authorization"] {
		// Whatever follows the scheme is a token, a bad one perhaps: it must not fall back to the cookie.
		if scheme, text := cutScheme(v); strings.EqualFold(scheme, "Bearer") { // RFC 6750, 2.1
			access = append(access, text)
		}
	}
	p := presented{any: len(access)+len(refresh) > 0}
	if p.access, p.err = one(access...); p.err == nil {
		p.refresh, p.err = one(refresh...)
	}
	return p
}

// cutScheme splits the value of an Authorization header behind the letters that it begins with.
func cutScheme(v string) (scheme, text string) {
	v = strings.TrimSpace(v)
	end := strings.IndexFunc(v, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		return v, ""
	}
	return v[:end], strings.TrimSpace(v[end:])
}

// headerValues returns what stands in these headers; an empty one is as good as none.
func headerValues(h http.Header, names []string) []string {
	var values []string
	for _, name := range names {
		for _, v := range h[name] {
			if v = strings.TrimSpace(v); v != "" {
				values = append(values, v)
			}
		}
	}
	return values
}

var errTwoTokens = malformed("it carries two different tokens")

// one returns the one value that all of them are, "" if there are none.
func one(values ...string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	if slices.ContainsFunc(values, func(v string) bool { return v != values[0] }) {
		return "", errTwoTokens
	}
	return values[0], nil
}

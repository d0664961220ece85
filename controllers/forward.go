package controllers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"gatehouse/models/user"
)

// forward tells a proxy whether to let a request through to the app behind it.
type forward struct {
	callers callers
	pages   bool
}

// Show answers GET /api/auth/forward?role=a,b for nginx auth_request, Caddy forward_auth and Traefik ForwardAuth.
func (h forward) Show(c *gin.Context) error {
	current, err := h.callers.find(c)
	if absent(err) {
		return h.challenge(c, err)
	}
	if err != nil {
		return err
	}
	roles, err := wantedRoles(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	if roles != nil && !slices.Contains(roles, current.User.Role) {
		return errForbidden
	}
	identify(c, *current.User)
	c.Status(http.StatusOK)
	return nil
}

// wantedRoles returns nil where any role will do. A slip in a proxy's configuration must not open the door (ASVS
// 16.5.3): a list that is there but empty fits nobody, and any other name than role is refused.
func wantedRoles(query string) ([]string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, malformed("the query is not encoded right")
	}
	given, restricted := values["role"]
	if delete(values, "role"); len(values) > 0 || len(given) > 1 {
		return nil, malformed("only role=a,b may be asked for, once")
	}
	if !restricted {
		return nil, nil
	}
	roles := []string{}
	for role := range strings.SplitSeq(given[0], ",") {
		if role = strings.TrimSpace(role); role != "" {
			roles = append(roles, role)
		}
	}
	return roles, nil
}

// identify sends all five headers, empty where there is nothing, so that a proxy that copies them always
// overwrites what the client may have sent under these names.
func identify(c *gin.Context, u user.User) {
	name := ""
	if u.Name != nil {
		name = *u.Name
	}
	h := c.Writer.Header() // c.Header would drop an empty one
	h.Set("Remote-Id", strconv.FormatInt(u.ID, 10))
	h.Set("Remote-User", headerText(u.Email))
	h.Set("Remote-Email", headerText(u.Email))
	h.Set("Remote-Name", headerText(name))
	h.Set("Remote-Groups", headerText(u.Role))
}

// headerText drops what could end or hide a header: control characters and broken UTF-8.
func headerText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// challenge sends somebody who is not signed in to the sign-in page: by 302 where a browser asks through a proxy
// that passes it on, else by a Location beside the 401, which the proxy's own configuration can use.
func (h forward) challenge(c *gin.Context, err error) error {
	if !h.pages {
		return err
	}
	given, passesRedirects := c.Request.Header["X-Forwarded-Uri"]
	if !passesRedirects {
		given = c.Request.Header["X-Original-Uri"]
	}
	next, ok := "/", false
	if len(given) == 1 {
		next, ok = localPath(given[0])
	}
	c.Header("Location", "/login?next="+url.QueryEscape(next))
	if passesRedirects && ok && strings.Contains(c.GetHeader("Accept"), "text/html") {
		c.Status(http.StatusFound)
		return nil
	}
	return err
}

// longestNext keeps the answer's headers within what proxies take.
const longestNext = 2000

// localPath returns a path of this site, or "/" and false for anything that a browser could take for another
// site: //host, /\host, a scheme, or a character that browsers skip (ASVS 3.7.2).
func localPath(s string) (string, bool) {
	u, err := url.Parse(s)
	bad := err != nil || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.Contains(s, `\`) ||
		strings.ContainsFunc(s, unicode.IsControl) || len(s) > longestNext
	if bad || u.Host != "" || u.Scheme != "" || strings.Contains(u.Path, "//") || strings.Contains(u.Path, `\`) ||
		strings.ContainsFunc(u.Path, unicode.IsControl) {
		return "/", false
	}
	return s, true
}

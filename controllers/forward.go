package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"gatehouse/models/session"
	"gatehouse/models/user"
)

// forward tells a proxy whether to let a request through to the app behind it.
type forward struct {
	callers callers
	pages   bool
}

// Show answers GET /api/auth/forward?role=a,b for nginx auth_request, Caddy forward_auth and Traefik ForwardAuth.
func (h forward) Show(c *gin.Context) {
	roles, err := wantedRoles(c.Request.URL.RawQuery)
	if err != nil {
		fail(c, err)
		return
	}
	current, err := h.callers.find(c)
	if errors.Is(err, session.ErrNone) || errors.Is(err, session.ErrExpired) {
		h.challenge(c, err)
		return
	}
	if err != nil {
		fail(c, err)
		return
	}
	if roles != nil && !slices.Contains(roles, current.User.Role) {
		fail(c, errForbidden)
		return
	}
	identify(c, *current.User)
	c.Status(http.StatusOK)
}

// wantedRoles returns nil where any role will do. A list that is there but empty fits nobody: a slip in a
// proxy's configuration must not open the door (ASVS 16.5.3).
func wantedRoles(query string) ([]string, error) {
	values, err := url.ParseQuery(query)
	if err != nil || len(values["role"]) > 1 {
		return nil, errMalformed
	}
	if !values.Has("role") {
		return nil, nil
	}
	roles := []string{}
	for role := range strings.SplitSeq(values.Get("role"), ",") {
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
	c.Header("Remote-Id", strconv.FormatInt(u.ID, 10))
	for header, value := range map[string]string{
		"Remote-User": u.Email, "Remote-Email": u.Email, "Remote-Name": name, "Remote-Groups": u.Role,
	} {
		c.Writer.Header().Set(header, headerText(value))
	}
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
func (h forward) challenge(c *gin.Context, err error) {
	if !h.pages {
		fail(c, err)
		return
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
		return
	}
	fail(c, err)
}

// localPath returns a path of this site, or "/" and false for anything that a browser could take for another
// site: //host, /\host, a scheme, or a character that browsers skip (ASVS 3.7.2).
func localPath(s string) (string, bool) {
	u, err := url.Parse(s)
	bad := err != nil || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.Contains(s, `\`) ||
		strings.ContainsFunc(s, unicode.IsControl) || len(s) > 2000
	if bad || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) ||
		strings.ContainsFunc(u.Path, unicode.IsControl) {
		return "/", false
	}
	return s, true
}

package db

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// target is a parsed database URL.
type target struct {
	engine Engine
	path   string // SQLite

	user, password, name string // MySQL from here
	network, addr, host  string
	tls                  bool
	ca                   string
}

// errEncode quotes nothing: wherever it is returned, a piece of the password may stand in the place of any other part.
var errEncode = errors.New("the database URL cannot be read; percent-encode special characters in user and password (@ is %40, / %2F, : %3A, ? %3F, # %23, % %25)")

// CheckURL tells what is wrong with a database URL, without opening anything. The error never shows the password.
func CheckURL(databaseURL string) error {
	_, err := parseURL(databaseURL)
	return err
}

func parseURL(s string) (target, error) {
	scheme, rest, _ := strings.Cut(s, ":")
	switch scheme {
	case "sqlite":
		return parseSQLite(rest)
	case "mysql":
		return parseMySQL(s)
	}
	return target{}, errors.New("the database URL must start with sqlite: or mysql://")
}

// parseSQLite takes the rest as a path, letter by letter: a file may have ?, % or # in its name.
func parseSQLite(path string) (target, error) {
	switch {
	case path == "":
		return target{}, errors.New("the database URL names no file; write sqlite:PATH")
	case strings.Contains(path, ":memory:"):
		return target{}, errors.New("a database in memory would forget all users at the next start; write sqlite:PATH with a file")
	case strings.ContainsRune(path, 0):
		return target{}, errors.New("the path of the database has a NUL character")
	case strings.HasPrefix(path, "///"):
		path = path[2:] // sqlite:///absolute/path, as other programs write it
	case strings.HasPrefix(path, "//"):
		return target{}, errors.New("sqlite:// followed by a host means nothing; write sqlite:PATH")
	}
	return target{engine: SQLite, path: path}, nil
}

func parseMySQL(s string) (target, error) {
	rest, ok := strings.CutPrefix(s, "mysql://")
	if !ok {
		return target{}, errors.New("the database URL must be mysql://user:password@host:port/name")
	}
	// An @ after the authority comes from a password with an unescaped / ? or #: every part is then in the wrong place.
	if i := strings.IndexAny(rest, "/?#"); i >= 0 && strings.Contains(rest[i:], "@") {
		return target{}, errEncode
	}
	u, err := url.Parse(s)
	if err != nil || u.Fragment != "" || u.Opaque != "" {
		return target{}, errEncode
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return target{}, errEncode
	}
	t := target{engine: MySQL, user: u.User.Username(), name: strings.TrimPrefix(u.Path, "/")}
	t.password, _ = u.User.Password()
	if err := t.applyParams(params); err != nil {
		return target{}, err
	}
	switch {
	case t.user == "":
		return target{}, errors.New("the database URL names no user; write mysql://user@host/name")
	case t.name == "":
		return target{}, errors.New("the database URL names no database; write mysql://user@host/name")
	case strings.ContainsAny(t.name, "/\x00"):
		return target{}, errors.New("the name of the database in the URL must not contain a slash")
	case t.network == "unix" && u.Host != "":
		return target{}, errors.New("the database URL names a host and a socket; leave one of them out")
	case t.network == "unix":
		return t, nil
	case u.Hostname() == "":
		return target{}, errors.New("the database URL names neither a host nor a socket")
	}
	port := "3306"
	if p := u.Port(); p != "" {
		port = p
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return target{}, errors.New("the port in the database URL must be a number from 1 to 65535")
	}
	t.network, t.host, t.addr = "tcp", u.Hostname(), net.JoinHostPort(u.Hostname(), port)
	return t, nil
}

var parameterName = regexp.MustCompile(`^[A-Za-z_-]{1,40}$`)

func (t *target) applyParams(params url.Values) error {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	var unknown []string
	tls := ""
	for _, name := range names {
		values := params[name]
		switch name {
		case "tls":
			tls = values[0]
		case "ca":
			t.ca = values[0]
		case "socket":
			t.network, t.addr = "unix", values[0]
		default:
			if !parameterName.MatchString(name) {
				return errEncode
			}
			unknown = append(unknown, name)
			continue
		}
		if len(values) > 1 || values[0] == "" {
			return fmt.Errorf("the parameter %s of the database URL must have one value", name)
		}
	}
	if unknown != nil {
		return fmt.Errorf("unknown parameter in the database URL: %s; known are tls, ca and socket (character set, time zone and timeouts are not to be set there)", strings.Join(unknown, ", "))
	}
	switch tls {
	case "", "false":
		if t.ca != "" && tls != "" {
			return errors.New("the database URL has ca= and tls=false; leave one of them out")
		}
	case "true":
		t.tls = true
	case "preferred":
		return errors.New("tls=preferred falls back to an unencrypted connection without a word; use tls=true, with ca=/path/to/ca.pem for a certificate of your own")
	case "skip-verify":
		return errors.New("tls=skip-verify talks to anybody who claims to be the database; use tls=true with ca=/path/to/ca.pem")
	default:
		return errors.New("the parameter tls of the database URL must be true or false")
	}
	t.tls = t.tls || t.ca != ""
	return nil
}

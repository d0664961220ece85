package config

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

const databaseForms = "write sqlite:PATH or mysql://USER:PASSWORD@HOST:PORT/NAME"

// scheme is what may be shown of a database URL that we do not understand: the rest may hold a password.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+-]*://`)

// database checks which database is meant; package db reads the URL's options. No message shows a part of the URL
// that could be a password, and so none wraps an error of net/url, which quotes what it was given.
func (c *checker) database(s Settings, dataDir string) Database {
	const setting = "database-url"
	value := strings.TrimSpace(c.eitherFile(setting, string(s.DatabaseURL), s.DatabaseURLFile))
	password := c.eitherFile("database-password", string(s.DatabasePassword), s.DatabasePasswordFile)
	if c.failed(setting, setting+"-file") {
		return Database{}
	}
	switch {
	case value == "":
		value = "sqlite:" + filepath.Join(dataDir, "gatehouse.db")
	case isMySQL(value):
		return c.mysql(value, password)
	case strings.HasPrefix(value, "sqlite://") && !strings.HasPrefix(value, "sqlite:///"):
		c.fail(setting, "sqlite:// would be followed by a host; write sqlite:data/gatehouse.db, or sqlite:/var/lib/gatehouse.db for a path from the root")
	case value == "sqlite:":
		c.fail(setting, "sqlite: names no file; write sqlite:PATH")
	case !strings.HasPrefix(value, "sqlite:"):
		if known := scheme.FindString(value); known != "" {
			c.fail(setting, "%s is not supported; %s", quote(known), databaseForms)
		} else {
			c.fail(setting, "it begins with neither sqlite: nor mysql://; %s", databaseForms)
		}
	}
	if password != "" {
		c.warn("database-password is not used: a SQLite database has none")
	}
	return Database{URL: value}
}

func isMySQL(databaseURL string) bool {
	return strings.HasPrefix(databaseURL, "mysql://")
}

// mysql moves the URL's password, if it has one, out of the URL.
func (c *checker) mysql(value, password string) Database {
	const setting = "database-url"
	const encode = "in a password write %40 for @, %2F for /, %3F for ?, %23 for # and %25 for %, or set database-password instead"
	stillMySQL := Database{URL: "mysql://"} // enough for Check to say that a secret is needed as well
	u, err := url.Parse(value)
	if err != nil {
		c.fail(setting, "it is not a URL; %s", encode)
		return stillMySQL
	}
	// An @ or # after the host means that a password was cut in two, and half of it would pass for the name.
	name := strings.TrimPrefix(u.Path, "/")
	noServer := u.Hostname() == "" && !u.Query().Has("socket")
	if noServer || name == "" || strings.ContainsAny(name, "/@") || strings.Contains(u.RawQuery, "@") || strings.Contains(value, "#") {
		c.fail(setting, "it must name one host and one database, as in mysql://USER:PASSWORD@HOST:PORT/NAME; %s", encode)
		return stillMySQL
	}
	if inURL, ok := u.User.Password(); ok {
		if password != "" {
			c.warn("database-password is not used: database-url holds a password already")
		}
		password = inURL
		u.User = url.User(u.User.Username())
	}
	return Database{URL: u.String(), Password: password}
}

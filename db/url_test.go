package db

import (
	"strings"
	"testing"
)

func TestURLIsReadInPartsAndRefusedInASentence(t *testing.T) {
	for _, tt := range []struct {
		url  string
		want target
		err  string // a part of the error
	}{
		{url: "sqlite:data/gatehouse.db", want: target{engine: SQLite, path: "data/gatehouse.db"}},
		{url: "sqlite:/a b/50%?#.db", want: target{engine: SQLite, path: "/a b/50%?#.db"}},
		{url: "sqlite:///srv/g.db", want: target{engine: SQLite, path: "/srv/g.db"}},
		{url: "sqlite://g.db", err: "sqlite:PATH"},
		{url: "sqlite:", err: "names no file"},
		{url: "sqlite::memory:", err: "forget all users"},
		{url: "sqlite:file::memory:?cache=shared", err: "forget all users"},
		{url: "sqlite:a\x00b", err: "NUL"},
		{url: "mysql://u:p@h/n", want: target{engine: MySQL, user: "u", password: "p", name: "n", network: "tcp", host: "h", addr: "h:3306"}},
		{url: "mysql://u@[::1]:33/n?tls=true", want: target{engine: MySQL, user: "u", name: "n", network: "tcp", host: "::1", addr: "[::1]:33", tls: true}},
		{url: "mysql://u%40x:p%40ss%3Aw%2Frd%3F%23%25@h/my%20n", want: target{engine: MySQL, user: "u@x", password: "p@ss:w/rd?#%", name: "my n", network: "tcp", host: "h", addr: "h:3306"}},
		{url: "mysql://u:p@ss@h/n", want: target{engine: MySQL, user: "u", password: "p@ss", name: "n", network: "tcp", host: "h", addr: "h:3306"}},
		{url: "mysql://u@h/n?ca=/ca.pem", want: target{engine: MySQL, user: "u", name: "n", network: "tcp", host: "h", addr: "h:3306", tls: true, ca: "/ca.pem"}},
		{url: "mysql://u@h/n?tls=false", want: target{engine: MySQL, user: "u", name: "n", network: "tcp", host: "h", addr: "h:3306"}},
		{url: "mysql://u@/n?socket=/run/my.sock", want: target{engine: MySQL, user: "u", name: "n", network: "unix", addr: "/run/my.sock"}},
		{url: "mysql://u@h/n?socket=/run/my.sock", err: "a host and a socket"},
		{url: "mysql://u@/n", err: "neither a host nor a socket"},
		{url: "mysql://h/n", err: "names no user"},
		{url: "mysql://u@h", err: "names no database"},
		{url: "mysql://u@h/", err: "names no database"},
		{url: "mysql://u@h/a/b", err: "slash"},
		{url: "mysql://u@h:0/n", err: "port"},
		{url: "mysql://u@h:65536/n", err: "port"},
		{url: "mysql://u@h/n?parseTime=true&charset=latin1", err: "charset, parseTime"},
		{url: "mysql://u@h/n?tls=preferred", err: "falls back"},
		{url: "mysql://u@h/n?tls=skip-verify", err: "ca="},
		{url: "mysql://u@h/n?tls=false&ca=/x", err: "leave one"},
		{url: "mysql://u@h/n?tls=true&tls=false", err: "one value"},
		{url: "mysql://u@h/n?tls=1", err: "true or false"},
		{url: "mysql://u:a/b@h/n", err: "percent-encode"},
		{url: "mysql://u:a?b@h/n", err: "percent-encode"},
		{url: "mysql://u:a#b@h/n", err: "percent-encode"},
		{url: "mysql://u:a%zz@h/n", err: "percent-encode"},
		{url: "mysql:u@h/n", err: "mysql://"},
		{url: "postgres://u@h/n", err: "must start with"},
		{url: "", err: "must start with"},
	} {
		got, err := parseURL(tt.url)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error = %v, want %q in it", tt.url, err, tt.err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%q = %+v, %v, want %+v", tt.url, got, err, tt.want)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("", "", "@host/name")
	f.Add(":1/", "?x=", "@host/name?tls=true")
	f.Add("@a:1?", "#", "@host:99/name?unknown=1")
	f.Add("%", "&", "@/name?socket=/x")
	f.Add("/n?", "=1&", "@h/n")
	f.Fuzz(func(t *testing.T, before, after, rest string) {
		const secret = "xSECRETx"
		// However the password is written, an @ follows it; without one there is no password in the URL.
		err := CheckURL("mysql://user:" + before + secret + after + "@" + rest)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the password is in the error: %v", err)
		}
		_ = CheckURL(before + after + rest)
	})
}

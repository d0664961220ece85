package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

//go:embed express/package.json express/package-lock.json express/.npmrc express/server.mjs
var expressFiles embed.FS

const expressSecret = "the bench is no secret"

// installExpress puts the peer and its locked packages into a folder.
func installExpress(ctx context.Context, dir string) error {
	files, err := fs.Sub(expressFiles, "express")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

func expressCommand(dir, socket, user, password, database string) *exec.Cmd {
	cmd := exec.Command("node", "server.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "DB_SOCKET="+socket, "DB_USER="+user, "DB_PASSWORD="+password,
		"DB_NAME="+database, "SESSION_SECRET="+expressSecret)
	return cmd
}

// expressCookie is that of session n as express-session writes it.
func expressCookie(n int) string {
	return "connect.sid=" + url.QueryEscape("s:"+signed(publicID(n), expressSecret))
}

// signed is what cookie-signature makes of a value.
func signed(value, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(value))
	return value + "." + base64.RawStdEncoding.EncodeToString(mac.Sum(nil))
}

// expressTables are the tables of the peer; that of the sessions as express-mysql-session makes it.
var expressTables = []string{
	`CREATE TABLE users (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(254) NOT NULL UNIQUE, password VARCHAR(255) NOT NULL,
		gender VARCHAR(20) NULL, lastLogin DATETIME NULL, name VARCHAR(100) NULL, role VARCHAR(50) NOT NULL DEFAULT 'user',
		state INT NOT NULL DEFAULT 1, created BIGINT NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
	`CREATE TABLE sessions (session_id varchar(128) COLLATE utf8mb4_bin NOT NULL, expires int(11) unsigned NOT NULL,
		data mediumtext COLLATE utf8mb4_bin, PRIMARY KEY (session_id)) ENGINE=InnoDB`,
}

// fillExpress makes the tables of the peer and inserts the same people.
func (p people) fillExpress(ctx context.Context, databaseURL string, log io.Writer) error {
	conn, err := db.Open(ctx, db.Options{URL: databaseURL, Timeout: fillTimeout})
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, table := range expressTables {
		if _, err := conn.Exec(ctx, table); err != nil {
			return err
		}
	}
	lastLogin, created := db.FormatTime(p.from), p.from.UnixMilli()
	err = insert(ctx, conn, log, "users", "id, email, password, lastLogin, role, state, created", p.users, func(n int) []any {
		return []any{n + 1, email(n), p.hash(n), lastLogin, "user", 1, created}
	})
	if err != nil {
		return err
	}
	expires := p.from.Add(life).Unix()
	return insert(ctx, conn, log, "sessions", "session_id, expires, data", p.sessions, func(n int) []any {
		return []any{publicID(n), expires, p.expressData(n)}
	})
}

// expressData is the session as express-session stores it.
func (p people) expressData(n int) string {
	text, err := json.Marshal(p.user(n % p.users))
	if err != nil {
		panic(err) // texts and numbers
	}
	return `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"user":` + string(text) + `}`
}

// locked are the versions that the peer runs.
func locked() (map[string]string, error) {
	text, err := expressFiles.ReadFile("express/package-lock.json")
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&lock); err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, name := range []string{"bcrypt", "express", "express-mysql-session", "express-session", "mysql2"} {
		versions[name] = lock.Packages["node_modules/"+name].Version
	}
	return versions, nil
}

// startExpress installs the peer beside the MariaDB of gatehouse, in a database of its own.
func (l *lab) startExpress(ctx context.Context, server *dbtest.MySQLServer) (*contender, error) {
	dir := filepath.Join(l.dir, "express")
	if err := installExpress(ctx, dir); err != nil {
		return nil, err
	}
	const database = "express"
	if err := server.Create(ctx, database); err != nil {
		return nil, err
	}
	address := server.SocketURL(database)
	if err := l.people.fillExpress(ctx, address, l.log); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	pass, _ := u.User.Password()
	c := &contender{
		name:     "Express, MariaDB",
		database: []int{server.Pid},
		cookie:   expressCookie,
		checks:   anyOf(checks(l.settings.Members, l.settings.Sessions, expressCookie)),
		logins:   inTurn(l.people.logins()),
		command: func() (*exec.Cmd, error) {
			return expressCommand(dir, u.Query().Get("socket"), u.User.Username(), pass, database), nil
		},
	}
	return c, nil
}

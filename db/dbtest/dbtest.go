// Package dbtest gives each test a fresh, migrated database: SQLite always, and MariaDB or MySQL when there is one.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { dbtest.Main(m) }
//
// The MySQL side is the server named by GATEHOUSE_TEST_MYSQL (a mysql:// URL whose user may create databases), or a
// throw-away MariaDB that the test process starts when one is installed. With GATEHOUSE_TEST_REQUIRE_MYSQL=1 a test fails
// instead of running on SQLite alone.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/migrations"
)

// Conn is an open database and the options that open it again.
type Conn struct {
	*db.DB
	Options db.Options
}

// timeout is long: a loaded machine must not look like a broken database. A test of timeouts opens its own.
const timeout = 15 * time.Second

var counter atomic.Int64

// Main runs the tests of a package, m being its *testing.M or what runs that one, stops the server they started, removes all
// files and exits.
func Main(m interface{ Run() int }) {
	if required() && !hasMySQL() {
		fmt.Fprintln(os.Stderr, "dbtest:", errRequired)
		os.Exit(1)
	}
	code := m.Run()
	if err := shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Engines are the engines that Each runs on.
func Engines() []db.Engine {
	if hasMySQL() {
		return []db.Engine{db.SQLite, db.MySQL}
	}
	return []db.Engine{db.SQLite}
}

var (
	noMySQL     sync.Once
	errRequired = errors.New("GATEHOUSE_TEST_REQUIRE_MYSQL=1, but MySQL is not installed and GATEHOUSE_TEST_MYSQL is not set")
)

func required() bool { return os.Getenv("GATEHOUSE_TEST_REQUIRE_MYSQL") == "1" }

// Each runs fn as a subtest on every engine, with a database of its own.
func Each(t *testing.T, fn func(t *testing.T, conn Conn)) {
	t.Helper()
	engines := Engines()
	if len(engines) == 1 {
		if required() {
			t.Fatal(errRequired)
		}
		noMySQL.Do(func() { t.Log("MySQL not installed: SQLite only") })
	}
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) { fn(t, Open(t, engine)) })
	}
}

// Open opens a fresh, migrated database, closed and dropped when the test ends.
func Open(t testing.TB, engine db.Engine) Conn {
	t.Helper()
	var databaseURL string
	if engine == db.SQLite {
		databaseURL = copyOfTemplate(t)
	} else {
		databaseURL = cloneOfTemplate(t)
	}
	return OpenURL(t, databaseURL)
}

// OpenURL opens a database as it is, closed when the test ends.
func OpenURL(t testing.TB, databaseURL string) Conn {
	t.Helper()
	o := db.Options{URL: databaseURL, Timeout: timeout}
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return Conn{DB: d, Options: o}
}

// EmptyURL is the URL of a fresh database without tables, dropped when the test ends.
func EmptyURL(t testing.TB, engine db.Engine) string {
	t.Helper()
	if engine == db.SQLite {
		return "sqlite:" + filepath.Join(testDir(t), "gatehouse.db")
	}
	s := mysqlServer(t)
	name := s.newName()
	s.exec(t, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
	t.Cleanup(func() { s.exec(t, "DROP DATABASE "+name) })
	return s.URL(name)
}

// template is the one database of each engine that was really migrated; the others are copies, which is much faster.
var template struct {
	sync.Mutex
	sqlite string // path of the file
	mysql  string // name of the database
}

func copyOfTemplate(t testing.TB) string {
	t.Helper()
	template.Lock()
	defer template.Unlock()
	if template.sqlite == "" {
		path := filepath.Join(processDir(t), "template.db")
		migrate(t, "sqlite:"+path)
		template.sqlite = path
	}
	// Nobody has the template open, so that all of it is in the one file and no lock can be lost by closing it.
	content, err := os.ReadFile(template.sqlite)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(testDir(t), "gatehouse.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

func cloneOfTemplate(t testing.TB) string {
	t.Helper()
	template.Lock()
	defer template.Unlock()
	s := mysqlServer(t)
	if template.mysql == "" {
		name := s.newName()
		s.exec(t, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
		migrate(t, s.URL(name))
		template.mysql = name
	}
	databaseURL := EmptyURL(t, db.MySQL)
	s.clone(t, template.mysql, databaseName(databaseURL))
	return databaseURL
}

func migrate(t testing.TB, databaseURL string) {
	t.Helper()
	if err := migrations.Up(context.Background(), db.Options{URL: databaseURL}); err != nil {
		t.Fatalf("migrate: %v", err)
	}
}

func databaseName(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return ""
	}
	return filepath.Base(u.Path)
}

// folder is the one of this process; Main removes it.
var folder struct {
	sync.Mutex
	path string
}

func processDir(t testing.TB) string {
	t.Helper()
	folder.Lock()
	defer folder.Unlock()
	if folder.path == "" {
		path, err := os.MkdirTemp(fastTempDir(), "gatehouse-test-")
		if err != nil {
			t.Fatal(err)
		}
		folder.path = path
	}
	return folder.path
}

func testDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(processDir(t), strconv.FormatInt(counter.Add(1), 10))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func shutdown() error {
	err := stopShared()
	folder.Lock()
	defer folder.Unlock()
	if folder.path != "" {
		if e := os.RemoveAll(folder.path); err == nil {
			err = e
		}
		folder.path = ""
	}
	return err
}

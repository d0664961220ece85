package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
)

// MySQLServer is the MySQL or MariaDB of this test process.
type MySQLServer struct {
	Pid int    // 0 when the server is not ours
	CA  string // file with the authority of its certificate

	base    url.URL // without a database
	socket  string
	version string
	admin   *db.DB
	exited  chan struct{}
}

var shared struct {
	sync.Mutex
	server *MySQLServer
	err    error
}

func hasMySQL() bool {
	return os.Getenv("GATEHOUSE_TEST_MYSQL") != "" || programs() != nil
}

// Server is the MariaDB that this process started, for a test that freezes it or needs its URL. Such a test must not run
// in parallel with others. It is skipped where the server is not ours.
func Server(t testing.TB) *MySQLServer {
	t.Helper()
	if !hasMySQL() {
		t.Skip("MySQL not installed")
	}
	s := mysqlServer(t)
	if s.Pid == 0 {
		t.Skip("the MySQL server is not ours to stop")
	}
	return s
}

// URL is that of a database on the server, over TCP.
func (s *MySQLServer) URL(database string) string {
	u := s.base
	u.Path = "/" + database
	return u.String()
}

// SocketURL is that of a database on the server, over its unix socket.
func (s *MySQLServer) SocketURL(database string) string {
	u := s.base
	u.Host, u.Path = "", "/"+database
	u.RawQuery = url.Values{"socket": {s.socket}}.Encode()
	return u.String()
}

func (s *MySQLServer) newName() string {
	return fmt.Sprintf("gatehouse_test_%d_%d", os.Getpid(), counter.Add(1))
}

func (s *MySQLServer) exec(t testing.TB, query string) {
	t.Helper()
	if _, err := s.admin.Exec(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// clone copies all tables of one database into another.
func (s *MySQLServer) clone(t testing.TB, from, to string) {
	t.Helper()
	var tables []string
	err := s.admin.Query(context.Background(), func(r db.Row) error {
		var name string
		err := r.Scan(&name)
		tables = append(tables, name)
		return err
	}, "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", from)
	if err != nil {
		t.Fatalf("list tables: %v", err)
	}
	for _, table := range tables {
		s.exec(t, fmt.Sprintf("CREATE TABLE %s.%s LIKE %s.%s", to, table, from, table))
		s.exec(t, fmt.Sprintf("INSERT INTO %s.%s SELECT * FROM %s.%s", to, table, from, table))
	}
}

// mysqlServer is the shared server, started or connected to on first use.
func mysqlServer(t testing.TB) *MySQLServer {
	t.Helper()
	dir := processDir(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = newServer(dir)
	}
	if shared.err != nil {
		t.Fatalf("start MySQL: %v", shared.err)
	}
	return shared.server
}

// Start installs and starts a MariaDB below dir for a program that is no test, with further options of the server; Stop
// ends it, and so does the end of the program.
func Start(dir string, options ...string) (*MySQLServer, error) {
	if programs() == nil {
		return nil, errors.New("MariaDB is not installed")
	}
	s := &MySQLServer{}
	if err := s.start(dir, options...); err != nil {
		return nil, err
	}
	return s, s.connect(s.URL("mysql"))
}

// Stop ends a server that Start began.
func (s *MySQLServer) Stop() error { return s.stop() }

// Create makes an empty database.
func (s *MySQLServer) Create(ctx context.Context, name string) error {
	_, err := s.admin.Exec(ctx, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
	return err
}

// Version is what the server says of itself.
func (s *MySQLServer) Version() string { return s.version }

func newServer(dir string) (*MySQLServer, error) {
	s := &MySQLServer{}
	adminURL := os.Getenv("GATEHOUSE_TEST_MYSQL")
	if adminURL != "" {
		u, err := url.Parse(adminURL)
		if err != nil {
			return nil, errors.New("GATEHOUSE_TEST_MYSQL is not a URL")
		}
		s.base = *u
	} else {
		if err := s.start(dir); err != nil {
			return nil, err
		}
		adminURL = s.URL("mysql")
	}
	if err := s.connect(adminURL); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *MySQLServer) connect(adminURL string) (err error) {
	s.admin, err = db.Open(context.Background(), db.Options{URL: adminURL, MaxConns: 2, Timeout: 30 * time.Second, Wait: 30 * time.Second})
	if err != nil {
		return errors.Join(err, s.stop())
	}
	return s.admin.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&s.version) }, "SELECT VERSION()")
}

func stopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return nil
	}
	return shared.server.stop()
}

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
	var err error
	s.admin, err = db.Open(context.Background(), db.Options{URL: adminURL, MaxConns: 2, Timeout: 30 * time.Second, Wait: 30 * time.Second})
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	err = s.admin.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&s.version) }, "SELECT VERSION()")
	return s, err
}

func stopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return nil
	}
	return shared.server.stop()
}

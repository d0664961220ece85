package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
)

// MySQLServer is the MySQL or MariaDB of this test process.
type MySQLServer struct {
	Pid int // 0 when the server is not ours

	base    url.URL // without a database
	socket  string
	version string
	admin   *db.DB
	exited  chan struct{}
}

// password has every character that a URL gives a meaning to, so that each test also tests their escaping.
const (
	user     = "gatehouse"
	password = "p@ss:w/rd?#%"
)

var shared struct {
	sync.Mutex
	server *MySQLServer
	err    error
}

func hasMySQL() bool {
	return os.Getenv("GATEHOUSE_TEST_MYSQL") != "" || programs() != nil
}

// programs are the server and its installer, nil if either is missing.
func programs() []string {
	find := func(names ...string) string {
		for _, name := range names {
			for _, path := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
				if p, err := exec.LookPath(path); err == nil {
					return p
				}
			}
		}
		return ""
	}
	server, install := find("mariadbd", "mysqld"), find("mariadb-install-db", "mysql_install_db")
	if server == "" || install == "" {
		return nil
	}
	return []string{server, install}
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

// start installs and starts a MariaDB below dir that only this machine can reach.
func (s *MySQLServer) start(dir string) error {
	bin := programs()
	dir = filepath.Join(dir, "mysql")
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	// Small: many packages start one at the same time. Durable as far as a killed server goes, not a power failure.
	common := []string{
		"--no-defaults", "--datadir=" + data, "--innodb-buffer-pool-size=24M", "--innodb-log-file-size=12M",
		"--innodb-flush-log-at-trx-commit=2", "--skip-name-resolve",
	}
	if os.Geteuid() == 0 {
		common = append(common, "--user=root")
	}
	install := append(common[:len(common):len(common)], "--auth-root-authentication-method=normal", "--skip-test-db")
	if out, err := exec.Command(bin[1], install...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", bin[1], err, out)
	}
	quoted := strings.ReplaceAll(password, "'", "''")
	initFile := filepath.Join(dir, "init.sql")
	// One statement a line: that is how the server reads this file.
	grants := fmt.Sprintf("CREATE USER %[1]s@'%%' IDENTIFIED BY '%[2]s';\nGRANT ALL PRIVILEGES ON *.* TO %[1]s@'%%' WITH GRANT OPTION;\n", user, quoted)
	if err := os.WriteFile(initFile, []byte(grants), 0o600); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.socket = filepath.Join(dir, "sock")
	logPath := filepath.Join(dir, "log")
	logFile, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer logFile.Close()
	args := append(common[:len(common):len(common)],
		"--bind-address=127.0.0.1", "--port="+strconv.Itoa(port), "--socket="+s.socket, "--pid-file="+filepath.Join(dir, "pid"),
		"--init-file="+initFile, "--skip-log-bin", "--performance-schema=OFF", "--max-connections=300",
		"--innodb-buffer-pool-dump-at-shutdown=OFF", "--innodb-buffer-pool-load-at-startup=OFF")
	cmd := exec.Command(bin[0], args...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	s.exited = make(chan struct{})
	if err := startWithParent(cmd, s.exited); err != nil {
		return err
	}
	s.Pid = cmd.Process.Pid
	s.base = url.URL{Scheme: "mysql", User: url.UserPassword(user, password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	if err := s.awaitReady(); err != nil {
		content, _ := os.ReadFile(logPath)
		return errors.Join(fmt.Errorf("%w\n%s", err, content), s.stop())
	}
	return nil
}

// awaitReady polls the port, which the server opens last, after its init file.
func (s *MySQLServer) awaitReady() error {
	deadline := time.After(time.Minute)
	for {
		c, err := net.Dial("tcp", s.base.Host)
		if err == nil {
			return c.Close()
		}
		select {
		case <-s.exited:
			return errors.New("the server ended at once")
		case <-deadline:
			return errors.New("the server did not start in a minute")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *MySQLServer) stop() error {
	if s.admin != nil {
		if s.Pid == 0 && template.mysql != "" {
			_, _ = s.admin.Exec(context.Background(), "DROP DATABASE "+template.mysql)
		}
		_ = s.admin.Close()
	}
	if s.Pid == 0 {
		return nil
	}
	// Its files are removed next: there is nothing to shut down in order.
	p, err := os.FindProcess(s.Pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop MySQL: %w", err)
	}
	<-s.exited
	return nil
}

func stopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return nil
	}
	return shared.server.stop()
}

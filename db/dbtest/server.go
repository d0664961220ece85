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
	"slices"
	"strconv"
	"strings"
	"time"
)

// password has every character that a URL gives a meaning to, so that each test also tests their escaping.
const (
	user     = "gatehouse"
	password = "p@ss:w/rd?#%"
)

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

// start installs and starts a MariaDB below dir that only this machine can reach. Options given come last, and so count.
func (s *MySQLServer) start(dir string, options ...string) error {
	bin := programs()
	dir = filepath.Join(dir, "mysql")
	data := filepath.Join(dir, "data")
	// A folder of its own for temporary tables: a server that starts deletes those of all others that share it.
	temporary := filepath.Join(dir, "tmp")
	if err := errors.Join(os.MkdirAll(data, 0o700), os.MkdirAll(temporary, 0o700)); err != nil {
		return err
	}
	// Small: many packages start one at the same time. Durable as far as a killed server goes, not a power failure.
	common := []string{
		"--no-defaults", "--datadir=" + data, "--tmpdir=" + temporary, "--innodb-buffer-pool-size=24M", "--innodb-log-file-size=12M",
		"--innodb-flush-log-at-trx-commit=2", "--skip-name-resolve",
	}
	if os.Geteuid() == 0 {
		common = append(common, "--user=root")
	}
	install := slices.Concat(common, []string{"--auth-root-authentication-method=normal", "--skip-test-db"})
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
	ca, tls, err := writeCertificate(dir)
	if err != nil {
		return err
	}
	s.CA, s.socket = ca, filepath.Join(dir, "sock")
	logPath := filepath.Join(dir, "log")
	logFile, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer logFile.Close()
	args := slices.Concat(common, tls, []string{
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--socket=" + s.socket, "--pid-file=" + filepath.Join(dir, "pid"),
		"--init-file=" + initFile, "--skip-log-bin", "--performance-schema=OFF", "--max-connections=300",
		"--innodb-buffer-pool-dump-at-shutdown=OFF", "--innodb-buffer-pool-load-at-startup=OFF",
	}, options)
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

package db_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestSecondServerOnTheSameFileIsRefused(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	release, err := conn.Lock()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(conn.Options.URL[len("sqlite:"):], link); err != nil {
		t.Fatal(err)
	}
	second := dbtest.OpenURL(t, "sqlite:"+link)
	for range 2 { // a refusal must not break the lock either
		if _, err := second.Lock(); !errors.Is(err, db.ErrLocked) {
			t.Fatalf("second lock = %v, want ErrLocked", err)
		}
	}
	mustExec(t, second, "INSERT INTO users (email, password) VALUES ('beside', 'the server')")
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = second.Lock()
	if err != nil {
		t.Fatalf("lock after release = %v", err)
	}
	_ = release()
}

// TestMain of this package turns the test binary into the other server when this is set.
const lockHelper = "GATEHOUSE_TEST_LOCK_HELPER"

func holdLock(databaseURL string) {
	d, err := db.Open(context.Background(), db.Options{URL: databaseURL})
	if err == nil {
		_, err = d.Lock()
	}
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("locked\n")
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until killed
}

func TestLockOfAKilledServerIsFree(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), lockHelper+"="+conn.Options.URL)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Lock(); !errors.Is(err, db.ErrLocked) {
		t.Errorf("lock beside another process = %v, want ErrLocked", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	release, err := conn.Lock()
	if err != nil {
		t.Fatalf("lock after kill = %v", err)
	}
	_ = release()
}

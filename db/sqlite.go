package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
)

const (
	// A read is mostly work in this process: more connections than keep the processors busy, and than wait for the disk
	// meanwhile, only need memory.
	readersPerCPU = 2
	minReaders    = 4
	// pageCache is for each connection: 8 MB hold the inner pages of the indexes of a few million sessions. With SQLite's
	// 2 MB, each look-up reads some of them again from the file.
	pageCache = "cache_size(-8000)"
)

func openSQLite(ctx context.Context, o Options, t target) (*DB, error) {
	if o.ReadOnly {
		return lookAtSQLite(ctx, o, t.path)
	}
	path, err := prepareFile(t.path, o)
	if err != nil {
		return nil, err
	}
	// A quarter of the timeout: the busy handler cannot be interrupted, and a statement is tried several times.
	busy := fmt.Sprintf("busy_timeout(%d)", max(o.Timeout/4, time.Millisecond).Milliseconds())
	// One writer: SQLite has one anyway, and waiting for a connection is fair, waiting for the file's lock is not.
	// Without immediate, a transaction that reads first fails at its first write if another came between.
	d := &DB{engine: SQLite, path: path, timeout: o.Timeout, trace: o.Trace}
	d.writer, err = openPool(path, 1, &d.watch, url.Values{
		"_pragma": {busy, pageCache, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"},
		"_txlock": {"immediate"},
	})
	if err != nil {
		return nil, err
	}
	readers := max(minReaders, readersPerCPU*min(runtime.NumCPU(), runtime.GOMAXPROCS(0)))
	d.reader, err = openPool(path, min(o.MaxConns, readers), nil, url.Values{
		"_pragma":     {busy, pageCache, "synchronous(FULL)", "foreign_keys(1)"},
		"_query_only": {"1"},
	})
	if err != nil {
		_ = d.writer.Close()
		return nil, err
	}
	d.reads = newPrepared(d.reader)
	// The writer first: it turns a new file to WAL, which a reader cannot.
	err = d.retry(ctx, d.writer.PingContext)
	if err == nil {
		err = d.Ping(ctx)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// lookAtSQLite opens a file that must exist, over connections that cannot write. Without a log or journal beside it no
// server of ours is running and nothing waits to be mended, and so it can be read as a file that does not change: then
// SQLite makes no files of its own.
func lookAtSQLite(ctx context.Context, o Options, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err == nil {
		path, err = filepath.EvalSymlinks(path) // as a server does, so that its lock and its log are found
	}
	if err != nil {
		return nil, unavailable(err)
	}
	if err := refuseFolder(path); err != nil {
		return nil, err
	}
	params := url.Values{"mode": {"ro"}, "_query_only": {"1"}}
	if absent(path+"-wal") && absent(path+"-journal") {
		params.Set("immutable", "1")
	}
	pool, err := openPool(path, o.MaxConns, nil, params)
	if err != nil {
		return nil, err
	}
	d := &DB{engine: SQLite, writer: pool, reader: pool, reads: newPrepared(pool), path: path, timeout: o.Timeout}
	if err := d.Ping(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func absent(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// openPool opens connections of which w, if there is one, gets to know what they change.
func openPool(path string, conns int, w *watch, params url.Values) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(fileURI(path) + "?" + params.Encode())
	if err != nil {
		return nil, err
	}
	if w != nil {
		connector = watched{connector, w}
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

// fileURI escapes what has a meaning in SQLite's URIs, and gives a Windows path the slash it needs.
func fileURI(path string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return "file://" + (&url.URL{Path: p}).EscapedPath()
}

// prepareFile makes the file and its folder for the owner alone; SQLite gives -wal and -shm the mode of the file. The
// result is absolute and without symbolic links, so that one file has one lock beside it.
func prepareFile(path string, o Options) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", unavailable(err)
	}
	if err := createFile(path); err != nil {
		return "", err
	}
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return "", unavailable(err)
	}
	if err := refuseFolder(path); err != nil {
		return "", err
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(file, 0o600); err != nil {
			o.Log.Warn("others than the owner may read the database", "path", file, "error", err)
		}
	}
	return path, nil
}

// refuseFolder says what SQLite would call an error of the disk.
func refuseFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unavailable(err)
	}
	if info.IsDir() {
		return errors.New("this is a folder, not a file")
	}
	return nil
}

// createFile never opens a file that exists: closing it again would drop the locks that this process holds on it, which
// is how POSIX locks work.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return unavailable(err)
	}
	return f.Close()
}

// pingSQLite also notices a file that was deleted or moved away: the open connections would go on writing to nowhere.
func (d *DB) pingSQLite(ctx context.Context) error {
	if _, err := os.Stat(d.path); err != nil {
		return unavailable(err)
	}
	return rows(ctx, d.reader, func(Row) error { return nil }, "PRAGMA schema_version", nil)
}

package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Change is a row that was changed or deleted.
type Change struct {
	Table string
	Key   any // of the row before, from the column that Watch was told: an int64 or a []byte
}

// Watch has changed called with the rows of some tables that this DB changes or deletes, whichever statement or trigger does
// it: after the transaction can be seen by others, and before whoever wrote learns that it is done. A call without rows means
// that any row may have changed. keys names a column of each table that identifies its rows, an integer or binary.
//
// Only SQLite names the rows; on MySQL each transaction of this DB is a call without rows. What other programs write is noticed
// by CheckOthers alone. Watch is called once, before others use the DB.
func (d *DB) Watch(ctx context.Context, keys map[string]string, changed func([]Change)) error {
	d.watch.keys, d.watch.changed = keys, changed
	return d.CheckOthers(ctx)
}

// CheckOthers finds out whether other programs have written to the SQLite file since it was called last, and calls what Watch
// was given if so. It waits for the connection that writes; on MySQL it does nothing.
func (d *DB) CheckOthers(ctx context.Context) error {
	if d.engine != SQLite {
		return nil
	}
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return Classify(ctx, err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.timeout) // an interrupted connection would be thrown away
	defer cancel()
	var version int64
	// It changes when another connection commits, and all of this process write through this one.
	if err := conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return Classify(ctx, err)
	}
	w := &d.watch
	if w.changed == nil || version == w.version {
		return nil
	}
	if err := w.find(ctx, conn); err != nil {
		return Classify(ctx, err)
	}
	w.changed(nil)
	w.version = version
	return nil
}

// watch collects what the transaction under way changes. It belongs to whoever holds the one connection that writes.
type watch struct {
	keys    map[string]string
	changed func([]Change)
	places  map[string]place // by the tables' own spelling
	pending []Change
	untold  bool  // something changed of which the key is not known
	version int64 // of the file, as the connection that writes counts the commits of others
}

// place is where a key is among the columns of its table.
type place struct {
	column  int
	columns int  // in all; with another number the key has moved
	hidden  bool // behind a column that SQLite computes, where the driver cannot read it
}

// find looks where the keys are, which another program may have moved.
func (w *watch) find(ctx context.Context, q queryer) error {
	places := map[string]place{}
	for table, column := range w.keys {
		err := firstRow(ctx, q, func(r Row) error {
			var name string
			var p place
			err := r.Scan(&name, &p.column, &p.columns, &p.hidden)
			places[name] = p
			return err
		}, "SELECT m.name, k.cid, (SELECT COUNT(*) FROM pragma_table_xinfo(m.name)), "+
			"EXISTS (SELECT 1 FROM pragma_table_xinfo(m.name) v WHERE v.hidden = 2 AND v.cid < k.cid) "+
			"FROM sqlite_master m, pragma_table_xinfo(m.name) k WHERE m.type = 'table' AND m.name = ? COLLATE NOCASE AND k.name = ? COLLATE NOCASE",
			[]any{table, column})
		if err != nil {
			return fmt.Errorf("find column %s of %s: %w", column, table, err)
		}
	}
	w.places = places
	return nil
}

// note is called by SQLite within a statement, before each row that it writes.
func (w *watch) note(row sqlite.SQLitePreUpdateData) {
	place, watched := w.places[row.TableName]
	if !watched || row.Op == sqlite3.SQLITE_INSERT {
		return
	}
	if place.hidden || place.columns != row.Count() {
		w.untold = true
		return
	}
	old := make([]any, place.column+1)
	if err := row.Old(old...); err != nil {
		w.untold = true
		return
	}
	switch key := old[place.column].(type) {
	case int64, []byte:
		w.pending = append(w.pending, Change{row.TableName, key})
	default:
		w.untold = true
	}
}

// written is called when a transaction has ended, one way or the other, while its connection is still held: so nothing of the
// next one is told too early.
func (d *DB) written() {
	w := &d.watch
	switch {
	case w.changed == nil:
	case d.engine != SQLite || w.untold:
		w.changed(nil)
	case len(w.pending) > 0:
		w.changed(w.pending)
	}
	if d.engine == SQLite {
		w.pending, w.untold = w.pending[:0], false
		if cap(w.pending) > maxPending {
			w.pending = nil
		}
	}
}

// maxPending bounds what is kept of a large transaction for the next one.
const maxPending = 1000

// watched is a connector whose connections note what they change.
type watched struct {
	driver.Connector
	watch *watch
}

func (c watched) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return nil, errors.Join(errors.New("this SQLite driver has no hooks"), conn.Close())
	}
	hooks.RegisterPreUpdateHook(c.watch.note)
	c.watch.version = -1 // it counts from its own beginning, and others may have written before that
	return conn, nil
}

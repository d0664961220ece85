package db

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
)

var (
	// ErrNoRows is the answer of QueryRow when there is no row.
	ErrNoRows = sql.ErrNoRows
	// ErrUnavailable means that the database did not do what was asked for a reason of its own: not reachable, too slow,
	// too busy, read-only, broken. It says nothing about the data.
	ErrUnavailable = errors.New("database not available")
	// ErrCommitUnknown means that a COMMIT was sent and its answer lost: the transaction may have taken effect or not.
	ErrCommitUnknown = fmt.Errorf("%w: the outcome of a commit is not known", ErrUnavailable)
	// ErrLocked means that another server holds the SQLite file.
	ErrLocked = errors.New("another server uses this database file")
)

// down are the MySQL errors that mean "not now" or "not this server", whatever the statement was.
var down = map[uint16]bool{
	1040: true,                                                             // too many connections
	1203: true,                                                             // too many connections of this user
	1226: true,                                                             // a resource limit of this user
	1044: true,                                                             // no access to the database
	1045: true,                                                             // wrong user or password
	1049: true,                                                             // no such database
	1698: true,                                                             // MariaDB: wrong user or password, by plugin
	1047: true,                                                             // Galera: the node is not part of a quorum
	1053: true,                                                             // the server is shutting down
	1077: true,                                                             // the server was shut down normally
	1079: true,                                                             // the server was aborted
	1080: true,                                                             // the connection was forced to close
	1129: true,                                                             // the host is blocked after too many errors
	1130: true,                                                             // the host is not allowed
	1152: true, 1158: true, 1159: true, 1160: true, 1161: true, 1184: true, // network errors as seen by the server
	1021: true, 1114: true, // disk full, table full
	1037: true, 1038: true, 1041: true, 1135: true, // out of memory, no thread
	1290: true, 1792: true, 1836: true, // read-only server or transaction
	1317: true, 1927: true, // the statement or the connection was killed
	1969: true, 3024: true, // the server's own statement timeout
	2002: true, 2003: true, 2006: true, 2013: true, // a proxy's view of a server that went away
	3032: true, 3169: true, 4031: true, // offline mode, session killed, disconnected for inactivity
}

// conflicts are the MySQL errors after which the same transaction may simply be run again.
var conflicts = map[uint16]bool{
	1213: true, // deadlock; on Galera also from COMMIT: another node was first
	1205: true, // a lock was not to be had in time
	1020: true, // MariaDB: the row changed since the snapshot
	3101: true, // Group Replication: another node was first
}

// The primary result codes of SQLite, the low byte of an error's code.
const (
	sqlitePerm, sqliteBusy, sqliteLocked, sqliteNoMem, sqliteReadOnly = 3, 5, 6, 7, 8
	sqliteInterrupt, sqliteIOErr, sqliteCorrupt, sqliteFull           = 9, 10, 11, 13
	sqliteCantOpen, sqliteProtocol, sqliteNotADB                      = 14, 15, 26
)

func mysqlNumber(err error) uint16 {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return e.Number
	}
	return 0
}

// sqliteCode is the extended result code, or 0.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// retryable tells whether the database itself asks to run the transaction again.
func retryable(err error) bool {
	if errors.Is(err, ErrUnavailable) {
		return false // classified before: its retries are used up
	}
	code := sqliteCode(err) & 0xff
	return conflicts[mysqlNumber(err)] || code == sqliteBusy || code == sqliteLocked
}

func readOnly(err error) bool {
	switch mysqlNumber(err) {
	case 1290, 1792, 1836:
		return true
	}
	return false
}

func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// Classify wraps every error that means so in ErrUnavailable. The cancellation of the caller's own ctx stays
// context.Canceled, however the driver put it.
func Classify(ctx context.Context, err error) error {
	switch {
	case err == nil, !retryable(err) && !isDown(err):
		return err
	case ctx.Err() == context.Canceled:
		return fmt.Errorf("%w: %v", context.Canceled, err)
	}
	return unavailable(err)
}

func isDown(err error) bool {
	if n := mysqlNumber(err); n != 0 {
		return down[n]
	}
	if code := sqliteCode(err); code != 0 {
		switch code & 0xff {
		case sqlitePerm, sqliteNoMem, sqliteReadOnly, sqliteInterrupt, sqliteIOErr, sqliteCorrupt, sqliteFull,
			sqliteCantOpen, sqliteProtocol, sqliteNotADB:
			return true
		}
		return false
	}
	for _, target := range []error{
		context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed,
		mysql.ErrInvalidConn, mysql.ErrMalformPkt, mysql.ErrPktSync, mysql.ErrPktSyncMul, mysql.ErrBusyBuffer,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	// database/sql exports no variable for this one.
	return misconfigured(err) || err.Error() == "sql: database is closed"
}

// misconfigured tells whether waiting cannot help a connection that was refused: the server runs, and either side must be
// set up differently.
func misconfigured(err error) bool {
	switch mysqlNumber(err) {
	case 1044, 1045, 1049, 1698:
		return true
	}
	for _, target := range []error{
		mysql.ErrNoTLS, mysql.ErrNativePassword, mysql.ErrCleartextPassword, mysql.ErrOldPassword, mysql.ErrUnknownPlugin,
		mysql.ErrOldProtocol,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

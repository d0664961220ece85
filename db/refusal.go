package db

import (
	"errors"
	"regexp"
	"strings"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
)

const (
	sqliteCheck      = 275
	sqliteForeignKey = 787
	sqliteNotNull    = 1299
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// IsDuplicate tells whether a unique key already holds the value.
func IsDuplicate(err error) bool {
	code := sqliteCode(err)
	return mysqlNumber(err) == 1062 || code == sqliteUnique || code == sqlitePrimaryKey
}

// IsForeignKey tells whether a foreign key of the operator's own tables forbids to write, change or delete the row.
func IsForeignKey(err error) bool {
	n := mysqlNumber(err)
	return n == 1451 || n == 1217 || n == 1452 || n == 1216 || sqliteCode(err) == sqliteForeignKey
}

// IsUnrepresentable tells whether a value cannot exist in the character set of the column it was compared with. To a
// look-up it means that there is no such row.
func IsUnrepresentable(err error) bool {
	switch mysqlNumber(err) {
	case 1267, 1270, 1271, 3988:
		return true
	}
	return false
}

// columnAtEnd is anchored at the end because 1366 and 1292 quote the value, which the visitor chose, before it. MySQL
// writes 'name', MariaDB `database`.`table`.`name`.
var columnAtEnd = regexp.MustCompile("for column (?:'([^']*)'|(?:`[^`]*`\\.)*`([^`]*)`)(?: at row \\d+)?$")

// nullColumn is the column of MySQL's 1048 and of SQLite's 1299.
var nullColumn = regexp.MustCompile(`^Column '([^']*)' cannot be null$|NOT NULL constraint failed: \w+\.(\w+)`)

// mariadbCheck is a CHECK of MariaDB: one of a column is called table.column.
var mariadbCheck = regexp.MustCompile("^CONSTRAINT `(?:[^`]*\\.)?([^`]*)` failed for ")

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// BadValue tells whether a value does not fit its column (too long, out of range, not of the type, not in the character set,
// refused by a CHECK, or missing where it must not be) and which column that is, "" if the database does not say. For a named
// CHECK it is the name of the constraint.
func BadValue(err error) (column string, ok bool) {
	if err == nil {
		return "", false
	}
	if e, isMySQL := errors.AsType[*mysql.MySQLError](err); isMySQL {
		switch e.Number {
		case 1406, 1265, 1366, 1264, 1292, 167:
			if m := columnAtEnd.FindStringSubmatch(e.Message); m != nil {
				return m[1] + m[2], true
			}
			return "", true
		case 1048:
			if m := nullColumn.FindStringSubmatch(e.Message); m != nil {
				return m[1], true
			}
			return "", true
		case 3819, 4025:
			if m := mariadbCheck.FindStringSubmatch(e.Message); m != nil {
				return m[1], true
			}
			return "", true
		}
		return "", false
	}
	if m := nullColumn.FindStringSubmatch(err.Error()); m != nil && sqliteCode(err) == sqliteNotNull {
		return m[2], true
	}
	if e, isSQLite := errors.AsType[*sqlite.Error](err); isSQLite && e.Code() == sqliteCheck {
		_, name, _ := strings.Cut(e.Error(), "CHECK constraint failed: ")
		name = strings.TrimSuffix(name, " (275)")
		if !identifier.MatchString(name) {
			name = "" // a constraint without a name is shown as its whole expression
		}
		return name, true
	}
	return "", false
}

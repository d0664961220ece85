package migrations

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// stateProblem is about a state that does not compare with the number 1. A choice counts by its place in the list, so it
// becomes a text first.
func stateProblem(c *column) (what, fix string) {
	const text = "ALTER TABLE users MODIFY COLUMN state VARCHAR(20) NULL; "
	choices := strings.Split(strings.TrimSuffix(strings.TrimPrefix(c.typ, "enum("), ")"), ",")
	number := "ALTER TABLE users MODIFY COLUMN state INT " + nullness(c, choices[0]) + ";"
	what = "users.state is " + c.typ + ", which does not compare with the number 1"
	switch {
	case c.kind != "enum":
		return what, number
	case !slices.ContainsFunc(choices, func(choice string) bool { return strings.Trim(choice, "'0123456789") != "" }):
		return what, text + number
	}
	return what + " (put the word that means active into the second statement)",
		text + fmt.Sprintf("UPDATE users SET state = IF(state = %s, 1, 0); ", choices[0]) + number
}

// nullness keeps whether there must be a value, and what it is by default. Of words the first means 1.
func nullness(c *column, first string) string {
	definition := "NULL"
	if !c.nullable {
		definition = "NOT NULL"
	}
	value := strings.Trim(c.fallback.String, "'")
	switch {
	case !c.fallback.Valid || strings.EqualFold(value, "null"):
	case value == strings.Trim(first, "'") && strings.Trim(value, "0123456789") != "":
		definition += " DEFAULT 1"
	case strings.Trim(strings.Trim(value, "b'"), "0123456789") == "":
		definition += " DEFAULT " + strings.Trim(value, "b'")
	default:
		definition += " DEFAULT 0"
	}
	return definition
}

// usual lists other names that programs give to columns of the tutorial.
var usual = map[string][]string{
	"email":    {"mail", "emailaddress", "useremail"},
	"password": {"pass", "passwordhash", "passwd", "passhash", "hash", "pw", "pwd", "encryptedpassword", "userpassword", "userpass"},
}

// similar finds a column such as e-mail for email, or password_hash for password: an empty one beside it would lock everybody
// out. The other columns of the tutorial can be added, and the old program goes on using its own.
func similar(t *table, name string) string {
	if usual[strings.ToLower(name)] == nil {
		return ""
	}
	for _, c := range t.columns {
		plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(c.name))
		if strings.EqualFold(plain, name) || slices.Contains(usual[strings.ToLower(name)], plain) {
			return c.name
		}
	}
	return ""
}

// maxID knows the types that are narrower than 64 bits; in SQLite none is.
func maxID(id *column) int64 {
	if id == nil || id.kind == "integer" {
		return math.MaxInt64
	}
	switch id.kind {
	case "tinyint":
		return math.MaxInt8
	case "smallint":
		return math.MaxInt16
	case "mediumint":
		return 1<<23 - 1
	case "int":
		return math.MaxInt32
	default:
		return math.MaxInt64
	}
}

func isInteger(kind string) bool {
	return slices.Contains([]string{"tinyint", "smallint", "mediumint", "int", "integer", "bigint"}, kind)
}

func isNumber(kind string) bool {
	return isInteger(kind) || slices.Contains([]string{"decimal", "float", "double", "bit", "year"}, kind)
}

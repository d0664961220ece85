package controllers

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
)

// query is what stands after the question mark, each name once at most.
type query struct {
	values   map[string]string
	problems map[string]string
}

// readQuery reads these names; others are ignored, as in forms.
func readQuery(c *gin.Context, names ...string) (query, error) {
	given, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return query{}, malformed("its query is not well-formed")
	}
	q := query{map[string]string{}, map[string]string{}}
	for _, name := range names {
		switch values := given[name]; len(values) {
		case 0:
		case 1:
			if !utf8.ValidString(values[0]) || strings.ContainsRune(values[0], 0) { // to a LIKE, the databases end such a text early
				return query{}, malformed(name + " is no text")
			}
			q.values[name] = values[0]
		default:
			return query{}, malformed(name + " is given twice")
		}
	}
	return q, nil
}

// number is 0 where there is none.
func (q query) number(name string) int64 {
	text, given := q.values[name]
	if !given {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		q.problems[name] = "must be a positive whole number"
	}
	return n
}

// time reads a day, or a time as RFC 3339 has it; the zero time where there is none.
func (q query) time(name string) time.Time {
	text, given := q.values[name]
	if !given {
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		q.problems[name] = "must be a day or a time"
	}
	return at
}

func (q query) check() error {
	if len(q.problems) == 0 {
		return nil
	}
	return &account.InvalidError{Fields: q.problems}
}

// pageSize is how many users or events one answer shows.
const pageSize = 50

// firstPage cuts what was found, one more than pageSize at most, to a page, and returns the id of its last, which is what before
// has to be for those after it; 0 if there are none.
func firstPage[T any](found []T, id func(T) int64) (page []T, next int64) {
	if len(found) <= pageSize {
		return found, 0
	}
	return found[:pageSize], id(found[pageSize-1])
}

package controllers

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// statements are those that were sent, each text once, with the arguments it had first.
type statements struct {
	mu   sync.Mutex
	args map[string][]any
}

func (s *statements) note(query string, args []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.args[query]; !there {
		s.args[query] = slices.Clone(args)
	}
}

// The tables are large enough that a look at each row is dearer than an index.
const (
	planUsers    = 3000
	planSessions = 6000
)

// TestEveryStatementUsesAnIndex has a site do all that it does, and reads the plan of each statement it sent.
func TestEveryStatementUsesAnIndex(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		sent := &statements{args: map[string][]any{}}
		full := dbtest.Open(t, conn.Engine()) // the plans are those for full tables, and what is used below clears them away
		fillTables(t, full)
		fillTables(t, conn)
		o := conn.Options
		o.Trace = sent.note
		traced, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = traced.Close() })
		s := newSite(t, dbtest.Conn{DB: traced, Options: o}, nil)
		useEverything(t, s)
		if len(sent.args) < 40 {
			t.Errorf("only %d statements were sent", len(sent.args))
		}
		for query, args := range sent.args {
			for _, step := range planOf(t, full, query, args) {
				if !allowed(query, step) {
					t.Errorf("%s: %s", step, query)
				}
			}
		}
	})
}

// allowed are statements that look at each row of a table that has few, or sort the sessions of one user, or what happened
// since a time.
func allowed(query, step string) bool {
	return strings.Contains(query, "FROM signing_keys") || strings.Contains(query, "gatehouse_meta") ||
		strings.Contains(step, "<derived") && strings.HasPrefix(query, "SELECT MIN(h.user_id)") || // of three rows
		strings.HasPrefix(step, "sorts") && (strings.Contains(query, "WHERE s.user_id = ?") || strings.Contains(query, "e.at >= ?"))
}

// planOf returns the steps that look at each row of a table.
func planOf(t *testing.T, conn dbtest.Conn, query string, args []any) []string {
	t.Helper()
	if !strings.HasPrefix(query, "SELECT") && !strings.HasPrefix(query, "UPDATE") && !strings.HasPrefix(query, "DELETE") {
		return nil
	}
	explain := "EXPLAIN QUERY PLAN "
	if conn.Engine() == db.MySQL {
		explain = "EXPLAIN "
	}
	rows, err := conn.SQL().QueryContext(t.Context(), explain+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var full []string
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		dest := make([]any, len(names))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		step := map[string]string{}
		for i, name := range names {
			step[strings.ToLower(name)] = values[i].String
		}
		detail := step["detail"] // of SQLite
		if strings.HasPrefix(detail, "SCAN") && !strings.Contains(detail, "INDEX") && !strings.Contains(detail, "CONSTANT") || step["type"] == "ALL" {
			full = append(full, fmt.Sprint("looks at every row: ", detail, step["table"]))
		}
		if strings.Contains(detail, "TEMP B-TREE") || strings.Contains(step["extra"], "filesort") {
			full = append(full, fmt.Sprint("sorts: ", detail, step["table"]))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return full
}

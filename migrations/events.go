package migrations

import (
	"slices"

	"gatehouse/db"
)

// acting is the column that 00015 adds to gatehouse_events: which admin acted.
var acting = []addition{{"actor_id", "BIGINT", "INTEGER"}}

const eventsByTime, eventsByTimeAndKind = "gatehouse_events_at", "gatehouse_events_at_kind"

// extendEvents adds what is missing, and lets the index over time tell the kinds too: events are counted by it alone.
func extendEvents(engine db.Engine, t *table, _ bool) []string {
	clauses := t.adding(engine, acting)
	adds, drops := !t.hasIndex(eventsByTimeAndKind), t.hasIndex(eventsByTime)
	if engine == db.MySQL {
		if adds {
			clauses = append(clauses, "ADD INDEX "+eventsByTimeAndKind+" (at, kind)")
		}
		if drops {
			clauses = append(clauses, "DROP INDEX "+eventsByTime)
		}
		return alter(engine, "gatehouse_events", clauses)
	}
	statements := alter(engine, "gatehouse_events", clauses)
	if adds {
		statements = append(statements, "CREATE INDEX "+eventsByTimeAndKind+" ON gatehouse_events (at, kind)")
	}
	if drops {
		statements = append(statements, "DROP INDEX "+eventsByTime)
	}
	return statements
}

func (t *table) hasIndex(name string) bool {
	return slices.ContainsFunc(t.indices, func(x index) bool { return x.name == name })
}

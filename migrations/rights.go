package migrations

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/db"
)

// MissingRights returns the rights that Up needs and that no grant of the database user names. On SQLite there are none. A right
// that comes by a role is not seen, so this is a hint.
func MissingRights(ctx context.Context, d *db.DB) ([]string, error) {
	if d.Engine() != db.MySQL {
		return nil, nil
	}
	var name string
	if err := d.QueryRow(ctx, func(r db.Row) error { return r.Scan(&name) }, "SELECT DATABASE()"); err != nil {
		return nil, fmt.Errorf("find the name of the database: %w", err)
	}
	granted := map[string]bool{}
	err := d.Query(ctx, func(r db.Row) error {
		var grant string
		err := r.Scan(&grant)
		for _, right := range grantedOn(name, grant) {
			granted[right] = true
		}
		return err
	}, "SHOW GRANTS")
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	var missing []string
	for _, right := range []string{"CREATE", "ALTER", "INDEX", "DROP"} {
		if !granted[right] && !granted["ALL PRIVILEGES"] {
			missing = append(missing, right)
		}
	}
	return missing, nil
}

// grantedOn reads a line such as GRANT SELECT, CREATE ON `name`.* TO somebody. In the name of a database % stands for any
// letters, and a backslash before one that stands for itself.
func grantedOn(database, grant string) []string {
	list, rest, _ := strings.Cut(strings.TrimPrefix(grant, "GRANT "), " ON ")
	object, _, _ := strings.Cut(rest, " TO ")
	pattern := strings.NewReplacer("`", "", `\`, "").Replace(object)
	begin, _, wild := strings.Cut(strings.TrimSuffix(pattern, ".*"), "%")
	if pattern != "*.*" && begin != database && (!wild || !strings.HasPrefix(database, begin)) {
		return nil
	}
	return strings.Split(list, ", ")
}

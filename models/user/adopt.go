package user

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/db"
)

// Adoption is how far the take-over of an older program's passwords has come.
type Adoption string

// An adoption is Open from its first run on, Finishing once hashes are moved into password, and Undoing once they are
// forgotten.
const (
	NoAdoption Adoption = ""
	Open       Adoption = "open"
	Finishing  Adoption = "finishing"
	Undoing    Adoption = "undoing"
)

// The names of two values in our own table: how far it has come, and what a transaction holds that depends on that.
const (
	adoptionName = "adoption"
	adoptionHold = "adoption_hold"
)

// Adoption tells how far one has come.
func (s Store) Adoption(ctx context.Context) (Adoption, error) {
	var state string
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&state) }, "SELECT value FROM gatehouse_meta WHERE name = ?", adoptionName)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return NoAdoption, fmt.Errorf("find adoption: %w", err)
	}
	return Adoption(state), nil
}

// HoldAdoption tells how far one has come, and makes others who would hold or change that wait until the transaction ends. It
// writes something new each time, because on a cluster only what changes makes others wait.
func (s Store) HoldAdoption(ctx context.Context) (Adoption, error) {
	if _, err := s.q.Exec(ctx, "UPDATE gatehouse_meta SET value = ? WHERE name = ?", rand.Text(), adoptionHold); err != nil {
		return NoAdoption, fmt.Errorf("hold adoption: %w", err)
	}
	return s.Adoption(ctx)
}

// SetAdoption notes how far one has come. Only a transaction that holds it may call this.
func (s Store) SetAdoption(ctx context.Context, state Adoption) error {
	_, err := s.q.Exec(ctx, "DELETE FROM gatehouse_meta WHERE name IN (?, ?)", adoptionName, adoptionHold)
	if err == nil && state != NoAdoption {
		_, err = s.q.Exec(ctx, "INSERT INTO gatehouse_meta (name, value) VALUES (?, ?), (?, ?)", adoptionName, string(state), adoptionHold, rand.Text())
	}
	if err != nil {
		return fmt.Errorf("note adoption: %w", err)
	}
	return nil
}

// OwnHashes counts the hashes that adopt keeps beside password.
func (s Store) OwnHashes(ctx context.Context) (int, error) {
	n := 0
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&n) }, "SELECT COUNT(*) FROM users WHERE gh_hash <> ''")
	if err != nil {
		return 0, fmt.Errorf("count own hashes: %w", err)
	}
	return n, nil
}

// Lock returns those of the users that exist, as they are now, and makes others who change them wait until the
// transaction ends. So a caller can compare exactly what it read before; many collations of MySQL take other texts for
// the same.
func (s Store) Lock(ctx context.Context, ids []int64) (map[int64]Stored, error) {
	users := map[int64]Stored{}
	if len(ids) == 0 {
		return users, nil
	}
	among, args := among(ids)
	_, err := s.q.Exec(ctx, "UPDATE users SET "+revised+" WHERE "+among, args...)
	if err == nil {
		err = s.q.Query(ctx, func(row db.Row) error {
			u, err := scanStored(row)
			users[u.ID] = u
			return err
		}, selectStored+"WHERE "+among, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("lock users: %w", err)
	}
	return users, nil
}

// among is the condition that a row is one of these.
func among(ids []int64) (condition string, args []any) {
	for _, id := range ids {
		args = append(args, id)
	}
	return "id IN (" + db.Placeholders(len(ids)) + ")", args
}

// LacksKey tells whether a row has an address that can sign up, and not its canonical form.
func (u Stored) LacksKey() bool {
	email, err := ParseEmail(u.Email)
	return err == nil && u.key != email.key
}

// Texts reads a column of other programs, such as one of salts, by the users' ids. The name must be that of a column.
func (s Store) Texts(ctx context.Context, column string, ids []int64) (map[int64]string, error) {
	texts := map[int64]string{}
	if len(ids) == 0 {
		return texts, nil
	}
	among, args := among(ids)
	err := s.q.Query(ctx, func(row db.Row) error {
		var id int64
		var text sql.NullString
		err := row.Scan(&id, &text)
		texts[id] = text.String
		return err
	}, "SELECT id, "+quoted(column)+" FROM users WHERE "+among, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", column, err)
	}
	return texts, nil
}

// Longer finds the users for whom a column of other programs holds more bytes than that. It counts what is read: a column
// may hold the same text in other bytes, or none that SQL counts alike on both engines.
func (s Store) Longer(ctx context.Context, column string, than int) (map[int64]bool, error) {
	found := map[int64]bool{}
	err := s.inPages(ctx, "SELECT id, "+quoted(column)+" FROM users WHERE id > ? ORDER BY id LIMIT ?", func(row db.Row) (id int64, err error) {
		var text sql.NullString
		err = row.Scan(&id, &text)
		if len(text.String) > than {
			found[id] = true
		}
		return id, err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", column, err)
	}
	return found, nil
}

func quoted(column string) string { return "`" + strings.ReplaceAll(column, "`", "``") + "`" }

// SetOwnHash keeps what adopt made of the text in password, and that text's mark, beside it. An empty hash forgets both.
func (s Store) SetOwnHash(ctx context.Context, id int64, hash string, mark []byte) error {
	own := sql.NullString{String: hash, Valid: hash != ""}
	return s.setOne(ctx, "UPDATE users SET gh_hash = ?, gh_hash_of = ? WHERE id = ?", own, mark, id)
}

// ConfirmAdmin makes somebody whom an older program calls an admin one of Gatehouse too.
func (s Store) ConfirmAdmin(ctx context.Context, id int64, now time.Time) error {
	return s.setOne(ctx, "UPDATE users SET gh_admin = ? WHERE id = ? AND role = ?", now.UnixMilli(), id, Admin)
}

// Skim calls each for every user of a table that may not have our columns yet, nor all of the tutorial's, in the order
// of their ids; has tells which there are. It must have id, email and password.
func (s Store) Skim(ctx context.Context, has func(column string) bool, each func(Stored)) error {
	or := func(column, fallback string) string {
		if has(column) {
			return column
		}
		return fallback
	}
	query := fmt.Sprintf("SELECT id, email, password, %s, %s, %s, %s, %s, %s FROM users WHERE id > ? ORDER BY id LIMIT ?",
		or("state", "1"), or("role", "NULL"), or("gh_admin", "NULL"), or("gh_email_key", "NULL"), or("gh_hash", "NULL"), or("gh_hash_of", "NULL"))
	err := s.inPages(ctx, query, func(row db.Row) (id int64, err error) {
		var email, password, state, role, key, own sql.NullString
		var admin sql.NullInt64
		var mark []byte
		if err := row.Scan(&id, &email, &password, &state, &role, &admin, &key, &own, &mark); err != nil {
			return id, err
		}
		each(Stored{
			User:     User{ID: id, Email: email.String, State: number(state), Role: role.String, Admin: admin.Valid},
			Password: password.String, OwnHash: own.String, OwnMark: mark, key: key.String,
		})
		return id, nil
	})
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	return nil
}

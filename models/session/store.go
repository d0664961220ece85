package session

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gatehouse/db"
)

// Store reads and writes sessions through a database or through a transaction that its caller began.
type Store struct{ q db.Querier }

// In returns the sessions of a database or transaction.
func In(q db.Querier) Store { return Store{q} }

// Create inserts a session.
func (st Store) Create(ctx context.Context, s Session) error {
	if len(s.Data) > MaxData {
		return ErrDataTooLarge
	}
	return st.insert(ctx, inserted, s.values())
}

const inserted = "id_hash, public_id, user_id, kind, data, created, authenticated_at, last_seen, " +
	"idle_expires, absolute_expires, remember, ip, user_agent"

// values are those of the columns inserted.
func (s Session) values() []any {
	return []any{
		s.Hash[:], s.PublicID,
		sql.NullInt64{Int64: s.UserID, Valid: s.UserID != 0},
		string(s.Kind), s.Data,
		s.Created.UnixMilli(),
		sql.NullInt64{Int64: s.AuthenticatedAt.UnixMilli(), Valid: !s.AuthenticatedAt.IsZero()},
		s.LastSeen.UnixMilli(), s.IdleExpires.UnixMilli(), s.AbsoluteExpires.UnixMilli(), s.Remember, s.IP, s.UserAgent,
	}
}

func (st Store) insert(ctx context.Context, columns string, values []any) error {
	_, err := st.q.Exec(ctx, "INSERT INTO sessions ("+columns+") VALUES ("+db.Placeholders(len(values))+")", values...)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

// update changes one live session; ErrNotFound if it has ended meanwhile.
func (st Store) update(ctx context.Context, act, query string, args ...any) error {
	done, err := st.q.Exec(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	if done.Affected == 0 {
		return ErrNotFound
	}
	return nil
}

// Find returns the sessions with these hashes, ended ones too.
func (st Store) Find(ctx context.Context, hashes ...Hash) ([]Session, error) {
	var found []Session
	for some := range slices.Chunk(hashes, AtOnce) {
		where, args := Having(some)
		list, err := st.query(ctx, "find sessions", "WHERE "+where, args...)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}

// MakeRoom ends a user's oldest live sessions of one kind until fewer than keep are left. It counts right only
// within a transaction that has already written the user's row, so that two sign-ins of one user take turns.
func (st Store) MakeRoom(ctx context.Context, userID int64, kind Kind, keep int, now time.Time) error {
	var oldest []Hash
	// MySQL knows no OFFSET without a LIMIT; the rows past this one are ended by the next sign-in.
	err := st.q.Query(ctx, collect(&oldest), "SELECT s.id_hash FROM sessions s WHERE s.user_id = ? AND s.kind = ? AND s.idle_expires > ? AND s.absolute_expires > ? "+
		"ORDER BY s.created DESC, s.public_id LIMIT 1000 OFFSET ?",
		userID, string(kind), now.UnixMilli(), now.UnixMilli(), keep-1)
	if err != nil {
		return fmt.Errorf("list oldest sessions: %w", err)
	}
	if len(oldest) == 0 {
		return nil
	}
	_, err = st.delete(ctx, "DELETE FROM sessions WHERE id_hash IN ("+db.Placeholders(len(oldest))+")", hashArgs(oldest)...)
	return err
}

// List returns a user's live sessions of every kind, the newest first.
func (st Store) List(ctx context.Context, userID int64, now time.Time) ([]Session, error) {
	return st.query(ctx, "list sessions",
		"WHERE s.user_id = ? AND s.idle_expires > ? AND s.absolute_expires > ? ORDER BY s.created DESC, s.public_id",
		userID, now.UnixMilli(), now.UnixMilli())
}

// Count returns how many sessions are not past their absolute limit. It reads that index and no row, so those that ended by
// idleness count until Clean sweeps them away.
func (st Store) Count(ctx context.Context, now time.Time) (int64, error) {
	var n int64
	err := st.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&n) }, "SELECT COUNT(*) FROM sessions s WHERE s.absolute_expires > ?", now.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("count sessions: %w", err)
	}
	return n, nil
}

func (st Store) query(ctx context.Context, act, where string, args ...any) ([]Session, error) {
	var list []Session
	err := st.q.Query(ctx, func(row db.Row) error {
		var r Row
		if err := row.Scan(r.Dest()...); err != nil {
			return err
		}
		list = append(list, r.Session())
		return nil
	}, "SELECT "+Columns+" FROM sessions s "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", act, err)
	}
	return list, nil
}

// Rotate gives a live session a new secret and counts it as freshly proved. ErrNotFound if it has ended meanwhile:
// the row is never made anew, so nothing revives it (ASVS 7.2.4).
func (st Store) Rotate(ctx context.Context, old Hash, now time.Time) (Secret, error) {
	secret := NewSecret()
	hash := secret.Hash()
	err := st.update(ctx, "rotate session",
		"UPDATE sessions SET id_hash = ?, authenticated_at = ? WHERE id_hash = ? AND idle_expires > ? AND absolute_expires > ?",
		hash[:], now.UnixMilli(), old[:], now.UnixMilli(), now.UnixMilli())
	if err != nil {
		return "", err
	}
	return secret, nil
}

// SaveData replaces the values of a live session; ErrNotFound if it has ended meanwhile.
func (st Store) SaveData(ctx context.Context, publicID string, data []byte, now time.Time) error {
	if len(data) > MaxData {
		return ErrDataTooLarge
	}
	return st.update(ctx, "save session values",
		"UPDATE sessions SET data = ? WHERE public_id = ? AND idle_expires > ? AND absolute_expires > ?",
		data, publicID, now.UnixMilli(), now.UnixMilli())
}

// Hold returns ErrNotFound unless a session is live. It makes others who change or end it wait until the transaction ends, but on
// a cluster only those who write the user's row too, since nothing of the session changes.
func (st Store) Hold(ctx context.Context, publicID string, now time.Time) error {
	return st.update(ctx, "hold session",
		"UPDATE sessions SET last_seen = last_seen WHERE public_id = ? AND idle_expires > ? AND absolute_expires > ?",
		publicID, now.UnixMilli(), now.UnixMilli())
}

// Touch writes that a session is in use and moves its idle limit, once in TouchEvery at most. The idle limit of a family is
// moved by refreshing alone.
func (st Store) Touch(ctx context.Context, s Session, l Limits, now time.Time) error {
	set, args := "last_seen = ?", []any{now.UnixMilli()}
	if s.Kind != Token {
		set, args = set+", idle_expires = ?", append(args, l.idleEnd(s, now).UnixMilli())
	}
	_, err := st.q.Exec(ctx, "UPDATE sessions SET "+set+" WHERE id_hash = ? AND last_seen <= ?",
		append(args, s.Hash[:], now.Add(-TouchEvery).UnixMilli())...)
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// collect returns a function that adds the hash of each row to a list.
func collect(list *[]Hash) func(db.Row) error {
	return func(row db.Row) error {
		var b []byte
		err := row.Scan(&b)
		var h Hash
		copy(h[:], b)
		*list = append(*list, h)
		return err
	}
}

// AtOnce is how many hashes one statement looks for. A browser sends two or three cookies of one name, by paths and
// hosts; somebody hostile sends hundreds, and statements of every length would not be worth keeping.
const AtOnce = 16

// Having returns the condition that a session, in a table the query calls s, has one of these hashes; there must be
// one at least.
func Having(hashes []Hash) (string, []any) {
	return "s.id_hash IN (" + db.Placeholders(len(hashes)) + ")", hashArgs(hashes)
}

func anys(texts []string) []any {
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = t
	}
	return args
}

// hashArgs binds hashes as bytes: SQLite never finds a text equal to a BLOB.
func hashArgs(hashes []Hash) []any {
	args := make([]any, len(hashes))
	for i := range hashes {
		args[i] = hashes[i][:]
	}
	return args
}

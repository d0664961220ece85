package mail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
)

// Outbox is the table of mails to be sent, through a database or through the transaction of an act.
type Outbox struct{ q db.Querier }

// In returns the outbox of a database or transaction.
func In(q db.Querier) Outbox { return Outbox{q} }

// Add has a mail sent once the transaction has committed; Worker.Wake then saves it the wait.
//
// The address is empty where the mail goes to the user's stored one when it is sent. EmailChange and EmailChanged must have
// one, since they go elsewhere; a notice may, and then goes to who had the account at the time. User 0 is nobody: the row costs
// what another would and is dropped, so that the time of an answer does not tell who is known.
func (o Outbox) Add(ctx context.Context, kind Kind, userID int64, address string, now time.Time) error {
	switch {
	case address == "" && kind.elsewhere():
		return fmt.Errorf("add mail: %q needs an address", kind)
	case address != "" && !kind.elsewhere() && !kind.notice():
		return fmt.Errorf("add mail: %q takes no address", kind)
	}
	_, err := o.q.Exec(ctx, "INSERT INTO gatehouse_outbox (kind, user_id, address, created, due, tries, lease) VALUES ("+db.Placeholders(7)+")",
		string(kind), sql.NullInt64{Int64: userID, Valid: userID != 0}, sql.NullString{String: address, Valid: address != ""},
		now.UnixMilli(), now.UnixMilli(), 0, 0)
	if err != nil {
		return fmt.Errorf("add mail: %w", err)
	}
	return nil
}

// Forget takes back what waits for a user: a wish for another address, say, once there is a newer one. It comes before
// link.Store.DeleteAll in a transaction, so that no link is made in between.
func (o Outbox) Forget(ctx context.Context, userID int64, kinds ...Kind) error {
	args := []any{userID}
	for _, kind := range kinds {
		args = append(args, string(kind))
	}
	_, err := o.q.Exec(ctx, "DELETE FROM gatehouse_outbox WHERE user_id = ? AND kind IN ("+db.Placeholders(len(kinds))+")", args...)
	if err != nil {
		return fmt.Errorf("forget mails: %w", err)
	}
	return nil
}

// Count returns how many mails wait, those too whose next try is later.
func (o Outbox) Count(ctx context.Context) (int64, error) {
	var n int64
	err := o.q.QueryRow(ctx, func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM gatehouse_outbox o WHERE o.due >= ?", 0)
	if err != nil {
		return 0, fmt.Errorf("count mails: %w", err)
	}
	return n, nil
}

// row is one mail to be sent. The lease, in milliseconds since 1970, is until when a worker has it for itself; it also tells
// whose it is.
type row struct {
	id      int64
	kind    Kind
	userID  int64 // 0 for nobody
	address string
	created time.Time
	tries   int
	lease   int64
}

// due returns up to n rows whose time has come and which no worker has, the earliest first.
func (o Outbox) due(ctx context.Context, n int, now time.Time) ([]row, error) {
	var rows []row
	err := o.q.Query(ctx, func(r db.Row) error {
		var found row
		var userID sql.NullInt64
		var address sql.NullString
		var created int64
		err := r.Scan(&found.id, &found.kind, &userID, &address, &created, &found.tries, &found.lease)
		found.userID, found.address, found.created = userID.Int64, address.String, time.UnixMilli(created)
		rows = append(rows, found)
		return err
	}, "SELECT o.id, o.kind, o.user_id, o.address, o.created, o.tries, o.lease FROM gatehouse_outbox o "+
		"WHERE o.due <= ? AND o.lease <= ? ORDER BY o.due, o.id LIMIT ?", now.UnixMilli(), now.UnixMilli(), n)
	if err != nil {
		return nil, fmt.Errorf("list mails: %w", err)
	}
	return rows, nil
}

// errTaken says that another worker has a row, or has dealt with it.
var errTaken = errors.New("another worker has this mail")

// claim takes a row as it was read, for leaseFor. Of several workers one gets it.
func (o Outbox) claim(ctx context.Context, r row, lease int64) error {
	return o.change(ctx, "claim mail", "UPDATE gatehouse_outbox SET lease = ? WHERE id = ? AND lease = ? AND tries = ?", lease, r.id, r.lease, r.tries)
}

// postpone gives a row back after a try that failed.
func (o Outbox) postpone(ctx context.Context, r row, due time.Time) error {
	return o.change(ctx, "postpone mail", "UPDATE gatehouse_outbox SET tries = ?, due = ?, lease = 0 WHERE id = ? AND lease = ?", r.tries+1, due.UnixMilli(), r.id, r.lease)
}

// remove ends a row. One whose lease was lost meanwhile stays with whoever has it.
func (o Outbox) remove(ctx context.Context, r row) error {
	return o.change(ctx, "remove mail", "DELETE FROM gatehouse_outbox WHERE id = ? AND lease = ?", r.id, r.lease)
}

func (o Outbox) change(ctx context.Context, act, query string, args ...any) error {
	done, err := o.q.Exec(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	if done.Affected == 0 {
		return errTaken
	}
	return nil
}

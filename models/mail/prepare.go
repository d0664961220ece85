package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"gatehouse/db"
	"gatehouse/models/link"
	"gatehouse/models/user"
)

// letter is what a mail needs; the link is empty where its kind has none.
type letter struct {
	kind Kind
	to   string
	link string
}

// droppedError is why a mail makes no sense, or no longer does.
type droppedError string

func (e droppedError) Error() string { return string(e) }

// prepare claims a row and makes its link, in one transaction, and returns the row as it is then. Without an error and without a
// letter the row is gone, since its mail made no sense.
func (w *Worker) prepare(ctx context.Context, r row, now time.Time) (claimed row, l *letter, err error) {
	claimed = r
	claimed.lease = now.Add(leaseFor).UnixMilli()
	var reason droppedError
	err = w.o.Conn.WithTx(ctx, func(tx *db.Tx) error {
		l, reason = nil, ""
		if err := In(tx).claim(ctx, r, claimed.lease); err != nil {
			return err
		}
		var err error
		l, err = w.write(ctx, tx, claimed, now)
		if errors.As(err, &reason) {
			return In(tx).remove(ctx, claimed)
		}
		return err
	})
	if err != nil {
		return r, nil, err
	}
	if reason != "" && r.userID != 0 {
		w.o.Log.Info("mail dropped", "kind", string(r.kind), "userId", r.userID, "cause", reason.Error())
	}
	return claimed, l, nil
}

// write decides to whom a mail goes, and makes its link.
func (w *Worker) write(ctx context.Context, tx *db.Tx, r row, now time.Time) (*letter, error) {
	if _, known := english.mails[r.kind]; !known {
		return nil, fmt.Errorf("unknown kind of mail %q", r.kind) // another server's, of a newer version
	}
	address, err := addressOf(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	to, err := recipient(address)
	if err != nil {
		return nil, err
	}
	l := &letter{kind: r.kind, to: to}
	if e, ok := errands[r.kind]; ok {
		token, err := link.In(tx).Make(ctx, e.kind, r.userID, address, e.life, now)
		if err != nil {
			return nil, err
		}
		l.link = w.o.BaseURL + e.page + "?token=" + string(token)
	}
	return l, nil
}

// addressOf returns the address that a mail is for, as it is stored, where its user is still one to whom it makes sense.
func addressOf(ctx context.Context, tx *db.Tx, r row) (string, error) {
	if r.userID == 0 {
		return "", droppedError("it is to nobody")
	}
	if r.kind.notice() && r.address != "" {
		return r.address, nil
	}
	u, err := user.In(tx).Find(ctx, r.userID)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return "", droppedError("there is no such user")
	case err != nil:
		return "", err
	case !u.Active():
		return "", droppedError("the user is disabled")
	case r.kind == Verify && u.Confirmed():
		return "", droppedError("the address is confirmed already")
	}
	return cmp.Or(r.address, u.Email), nil
}

// recipient is a stored address as mail servers know it: the domain in ASCII, since not all of them speak UTF-8, and the letters
// of NFC, by which the address is unique: with a Kelvin sign for a K the mail could go to somebody else. What could not sign up
// gets no mail either; other programs may have stored anything.
func recipient(stored string) (string, error) {
	email, err := user.ParseEmail(stored)
	if err != nil {
		return "", droppedError("no mail can be sent to the stored address")
	}
	local, _, _ := strings.Cut(norm.NFC.String(email.String()), "@")
	_, host, _ := strings.Cut(email.Key(), "@")
	return local + "@" + host, nil
}

package account

import (
	"context"
	"time"

	"gatehouse/models/session"
)

// StartVisitor gives somebody who is not signed in a session that holds values, 30 minutes long.
func (a *Accounts) StartVisitor(ctx context.Context, data []byte, d session.Device, now time.Time) (session.Session, session.Secret, error) {
	s, secret := session.NewVisitor(d, now)
	s.Data = data
	return s, secret, session.In(a.db).Create(ctx, s)
}

// SaveData replaces the values of a live session, named by its public id; session.ErrNotFound if it has ended.
func (a *Accounts) SaveData(ctx context.Context, publicID string, data []byte, now time.Time) error {
	return session.In(a.db).SaveData(ctx, publicID, data, now)
}

// EndVisit ends the session with this public id, if there is one.
func (a *Accounts) EndVisit(ctx context.Context, publicID string) error {
	return session.In(a.db).Delete(ctx, publicID)
}

// Package event keeps the history of what concerns security: who did what to which account, and when. A row is written in
// the transaction of the act that it tells of, so that there is no act without its event and no event without its act (ASVS
// 16.2.1), and it is never changed. Old rows are cleared away by Clean alone.
package event

import (
	"context"
	"time"
)

// Kind says what happened.
type Kind string

// The kinds that operators cause.
const (
	UserAdded        Kind = "user_added"
	UserDisabled     Kind = "user_disabled"
	UserEnabled      Kind = "user_enabled"
	UserDeleted      Kind = "user_deleted"
	RoleChanged      Kind = "role_changed"
	PasswordReplaced Kind = "password_replaced"
	SessionsEnded    Kind = "sessions_ended"
	AdminConfirmed   Kind = "admin_confirmed" // of Gatehouse, whom an older program called an admin
	UsersImported    Kind = "users_imported"  // in one transaction of an import
	UsersExported    Kind = "users_exported"  // written when the export begins
	BackupMade       Kind = "backup_made"
	AdoptionOpened   Kind = "adoption_opened"   // from here on, passwords get hashes beside them
	AdoptionFinished Kind = "adoption_finished" // the hashes stand in their places
	AdoptionUndone   Kind = "adoption_undone"   // the hashes are forgotten
	KeyAdded         Kind = "key_added"
	SecretsRotated   Kind = "secrets_rotated"
)

// Kinds lists all of them.
var Kinds = []Kind{
	UserAdded, UserDisabled, UserEnabled, UserDeleted, RoleChanged, PasswordReplaced, SessionsEnded, AdminConfirmed,
	UsersImported, UsersExported, BackupMade, AdoptionOpened, AdoptionFinished, AdoptionUndone, KeyAdded, SecretsRotated,
}

// Event is one row.
type Event struct {
	ID     int64     `json:"id"` // a later event has a greater one
	At     time.Time `json:"at"`
	Kind   Kind      `json:"kind"`
	UserID int64     `json:"userId,omitempty"` // whom it is about; 0 where that is nobody in particular
	Detail string    `json:"detail,omitempty"`
	Origin
}

// Actor says who acted.
type Actor string

// The actors.
const (
	Operator Actor = "operator" // whoever runs the commands
	Server   Actor = "server"
)

// Origin is where an act came from.
type Origin struct {
	Actor     Actor  `json:"actor"`
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"userAgent,omitempty"`
	RequestID string `json:"requestId,omitempty"`
}

type originKey struct{}

// From returns a context whose acts come from somewhere; without it they are the server's own.
func From(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

func originOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(originKey{}).(Origin); ok {
		return o
	}
	return Origin{Actor: Server}
}

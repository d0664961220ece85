// Package event keeps the history of what concerns security: who did what to which account, and when. A row is written in
// the transaction of the act that it tells of, so that there is no act without its event and no event without its act (ASVS
// 16.2.1), and it is never changed. Old rows are cleared away by Clean alone.
package event

import (
	"context"
	"time"
)

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
	Admin    Actor = "admin"    // a user who looks after the others, signed in
	Server   Actor = "server"
	Visitor  Actor = "visitor" // whoever sent a request, signed in or not
)

// Origin is where an act came from.
type Origin struct {
	Actor     Actor  `json:"actor"`
	ActorID   int64  `json:"actorId,omitempty"` // the id of an admin
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"userAgent,omitempty"`
	RequestID string `json:"requestId,omitempty"`
}

// Key is the key of the Origin in a context. A context that knows its origin by itself may answer to it, so that From is not
// needed.
type Key struct{}

// From returns a context whose acts come from somewhere; without it they are the server's own.
func From(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, Key{}, o)
}

// By returns a context whose acts are those of an admin, from where they came before.
func By(ctx context.Context, adminID int64) context.Context {
	o := originOf(ctx)
	o.Actor, o.ActorID = Admin, adminID
	return From(ctx, o)
}

func originOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(Key{}).(Origin); ok {
		return o
	}
	return Origin{Actor: Server}
}

// Listing is what the user whom an event is about may know of it.
type Listing struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Kind      Kind      `json:"kind"`
	Detail    string    `json:"detail,omitempty"`
	Actor     Actor     `json:"actor"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"userAgent"`
}

// Listing describes the event without its request. Where somebody else than a visitor acted from is not the user's business.
func (e Event) Listing() Listing {
	l := Listing{ID: e.ID, At: e.At, Kind: e.Kind, Detail: e.Detail, Actor: e.Actor}
	if e.Actor == Visitor {
		l.IP, l.UserAgent = e.IP, e.UserAgent
	}
	return l
}

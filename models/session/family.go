package session

import "time"

// Grace is how long a refresh token that was exchanged may come again, while its successor is unused: two tabs refresh
// at once, or an answer was lost. It is an exception to RFC 9700, 4.14.2, by which any second use is theft.
const Grace = 10 * time.Second

// Family is the session of somebody who holds tokens: an access token and a refresh token at a time, which a refresh
// exchanges for the next two. The ids name tokens and are no secrets. IdleExpires is the end of the refresh token.
type Family struct {
	Session
	RefreshID     string // of the refresh token that may be exchanged next
	PreviousID    string // of the one that was exchanged for it; "" before the first refresh
	AccessID      string // of the access token that came with RefreshID
	AccessExpires time.Time
	Rotated       time.Time // when the two were given out
}

// NewFamily returns the family of a user who has just proved who they are.
func NewFamily(userID int64, l Limits, d Device, now time.Time) Family {
	s, _ := start(l.Family, d, now) // nobody gets the secret: no cookie opens a family
	s.Kind, s.UserID, s.AuthenticatedAt = Token, userID, now
	s.AbsoluteExpires = s.AbsoluteExpires.Truncate(time.Second)
	f := Family{Session: s}
	f.giveOut(l, now)
	return f
}

// Next is the family once its refresh token has been exchanged.
func (f Family) Next(l Limits, now time.Time) Family {
	f.PreviousID, f.LastSeen = f.RefreshID, now
	f.giveOut(l, now)
	return f
}

// giveOut names two new tokens. Their times are whole seconds, as in tokens, and never past the absolute limit.
func (f *Family) giveOut(l Limits, now time.Time) {
	f.RefreshID, f.AccessID, f.Rotated = newID(), newID(), now
	issued := f.Issued()
	f.AccessExpires = earlier(issued.Add(l.Access), f.AbsoluteExpires)
	f.IdleExpires = earlier(issued.Add(l.Refresh), f.AbsoluteExpires)
}

// Issued is the time that the two tokens carry.
func (f Family) Issued() time.Time { return f.Rotated.Truncate(time.Second) }

// Replays tells whether a refresh token that was exchanged already may have the same successors once more. That the
// successor is unused follows from PreviousID, which moves on when it is exchanged. Another server made the exchange,
// perhaps, whose clock may be a little ahead.
func (f Family) Replays(refreshID string, now time.Time) bool {
	return f.PreviousID != "" && refreshID == f.PreviousID && now.Sub(f.Rotated).Abs() <= Grace
}

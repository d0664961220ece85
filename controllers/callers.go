package controllers

import (
	"errors"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/session"
)

// callers finds out who is asking.
type callers struct {
	accounts *account.Accounts
	cookies  cookies
}

// require lets only somebody signed in pass, and tells the handlers who that is: of(c).caller. A fault in the
// database is answered as such and never as "not signed in" (ASVS 16.5.3).
func (k callers) require(c *gin.Context) {
	current, err := k.find(c)
	if err != nil {
		fail(c, err)
		return
	}
	of(c).caller = current
	k.cookies.present(c, current)
}

// find returns the user whose session this is; a visitor's own session is session.ErrNone.
func (k callers) find(c *gin.Context) (account.Current, error) {
	r := of(c)
	current, err := k.accounts.Current(c.Request.Context(), k.cookies.visitor(c), r.now)
	if err != nil {
		return account.Current{}, err
	}
	if current.User == nil {
		return account.Current{}, session.ErrNone
	}
	if err := k.accounts.Touch(c.Request.Context(), current, r.now); err != nil && !errors.Is(err, c.Request.Context().Err()) {
		r.log.Warn("last-seen time was not written", "cause", err.Error(), "requestId", r.id)
	}
	return current, nil
}

// requireFresh lets only those pass who have just proved their password (ASVS 7.5.1).
func requireFresh(c *gin.Context) {
	if r := of(c); !r.caller.Session.Fresh(r.now) {
		fail(c, errNotFresh)
	}
}

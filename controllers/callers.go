package controllers

import (
	"errors"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/models/token"
)

// callers finds out who is asking, by the tokens of a request or else by its cookie. The routes behind it cannot tell
// the two apart.
type callers struct {
	accounts *account.Accounts
	cookies  cookies
}

// require lets only somebody signed in pass, and tells the handlers who that is: of(c).caller. A fault in the
// database is answered as such and never as "not signed in" (ASVS 16.5.3).
func (h callers) require(c *gin.Context) error {
	current, err := h.find(c)
	if err != nil {
		return err
	}
	r := of(c)
	r.caller = current
	if current.Session.Kind == session.Cookie { // a family of tokens has no values to show
		h.cookies.present(c, &r.caller)
	}
	return nil
}

// know lets everybody pass whose session can be read, and so makes sessions.Default safe to use: there, a fault
// would look like a visitor who is not signed in.
func (h callers) know(c *gin.Context) error {
	if of(c).tokens.any {
		return nil
	}
	current, err := h.accounts.Current(c.Request.Context(), h.cookies.secrets(c), of(c).now)
	if errors.Is(err, session.ErrAmbiguous) {
		h.cookies.withhold(c) // such a session must not be saved over
		return nil
	}
	if err != nil && !absent(err) {
		return err
	}
	h.cookies.present(c, &current)
	return nil
}

// find returns the user whose session this is; a visitor's own session is session.ErrNotFound.
func (h callers) find(c *gin.Context) (account.Current, error) {
	r, ctx := of(c), c.Request.Context()
	current, err := h.byTokenOrCookie(c)
	if err != nil {
		return account.Current{}, err
	}
	if current.User == nil {
		return account.Current{}, session.ErrNotFound
	}
	if err := h.accounts.Touch(ctx, current, r.now); err != nil && ctx.Err() == nil {
		r.log.Warn("last-seen time was not written", "cause", err.Error(), "requestId", r.id)
	}
	return current, nil
}

func (h callers) byTokenOrCookie(c *gin.Context) (account.Current, error) {
	r, ctx := of(c), c.Request.Context()
	switch {
	case !r.tokens.any:
		return h.accounts.Current(ctx, h.cookies.secrets(c), r.now)
	case r.tokens.err != nil:
		return account.Current{}, r.tokens.err
	}
	current, _, err := h.accounts.Bearer(ctx, r.tokens.access, r.now)
	return current, err
}

// absent tells whether an error means that nobody is signed in, and no fault.
func absent(err error) bool {
	return errors.Is(err, session.ErrNotFound) || errors.Is(err, session.ErrExpired) || badToken(err)
}

// badToken tells whether an error refuses a token.
func badToken(err error) bool {
	return errors.Is(err, token.ErrInvalid) || errors.Is(err, token.ErrExpired) || errors.Is(err, token.ErrRevoked) || errors.Is(err, token.ErrReused)
}

// requireFresh lets only those pass who have just proved their password (ASVS 7.5.1).
func requireFresh(c *gin.Context) error {
	if r := of(c); !r.caller.Session.Fresh(r.now) {
		return errNotFresh
	}
	return nil
}

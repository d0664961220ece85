package controllers

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// requireAdmin lets only admins of Gatehouse pass. Nobody else is told that there is anything here.
func requireAdmin(c *gin.Context) error {
	if !of(c).caller.User.Admin {
		return errNotFound
	}
	return nil
}

// adminUser is a user as admins see them.
type adminUser struct {
	user.User
	Admin        bool   `json:"admin"`        // of Gatehouse
	Verification string `json:"verification"` // of the address: confirmed, waiting, or not_asked
}

func adminUserOf(u user.Stored) adminUser {
	shown := adminUser{u.User, u.Admin, "not_asked"}
	switch {
	case u.Confirmed():
		shown.Verification = "confirmed"
	case u.Waiting():
		shown.Verification = "waiting"
	}
	return shown
}

type adminUserListing struct {
	Users []adminUser `json:"users"`
	Next  int64       `json:"next,omitempty"` // what before has to be for the users after these; 0 if there are none
}

// adminUsers lists a page of users, the newest first, by search and before in the query.
func (h acts) adminUsers(c *gin.Context) (adminUserListing, error) {
	q, err := readQuery(c, "search", "before")
	if err != nil {
		return adminUserListing{}, err
	}
	before := q.number("before")
	if err := q.check(); err != nil {
		return adminUserListing{}, err
	}
	list, err := h.accounts.Search(c.Request.Context(), q.values["search"], before, pageSize+1)
	if err != nil {
		return adminUserListing{}, err
	}
	list, next := firstPage(list, func(u user.Stored) int64 { return u.ID })
	page := adminUserListing{Users: make([]adminUser, 0, len(list)), Next: next}
	for _, u := range list {
		page.Users = append(page.Users, adminUserOf(u))
	}
	return page, nil
}

// adminDetail is all that admins see of one user.
type adminDetail struct {
	adminUser
	Failures     int               `json:"failures"`     // wrong passwords in a row
	BlockedUntil *time.Time        `json:"blockedUntil"` // because of them; null where anybody may try
	Sessions     []session.Listing `json:"sessions"`
}

// adminUser finds the user whose id is in the path.
func (h acts) adminUser(c *gin.Context) (adminDetail, error) {
	id, err := idOf(c)
	if err != nil {
		return adminDetail{}, err
	}
	ctx, now := c.Request.Context(), of(c).now
	u, err := h.accounts.User(ctx, id)
	if err != nil {
		return adminDetail{}, noSuchUser(err)
	}
	is := adminDetail{adminUser: adminUserOf(u), Sessions: []session.Listing{}}
	failures, until, err := h.accounts.Guesses(ctx, u.User, now)
	if err != nil {
		return adminDetail{}, err
	}
	is.Failures = failures
	if !until.IsZero() {
		is.BlockedUntil = &until
	}
	list, err := h.accounts.Sessions(ctx, id, now)
	if err != nil {
		return adminDetail{}, err
	}
	for _, s := range list {
		is.Sessions = append(is.Sessions, s.Listing())
	}
	return is, nil
}

// idOf reads the user's id in the path.
func idOf(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, errNotFound
	}
	return id, nil
}

// noSuchUser tells that the user who was asked for is not there from a caller who is not.
func noSuchUser(err error) error {
	if errors.Is(err, user.ErrNotFound) {
		return errNotFound
	}
	return err
}

// administer does one act of an admin to the user in the path, and notes it.
func (h acts) administer(c *gin.Context, kind event.Kind, act func(by account.Operator, id int64) error) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	caller := of(c).caller
	if err := act(account.OperatorOf(caller), id); err != nil {
		return noSuchUser(err)
	}
	note(c, kind, id, "admin", caller.User.ID)
	return nil
}

func (h acts) setActive(c *gin.Context, active bool) error {
	kind := event.UserDisabled
	if active {
		kind = event.UserEnabled
	}
	return h.administer(c, kind, func(by account.Operator, id int64) error {
		return h.accounts.SetActive(c.Request.Context(), by, id, active, of(c).now)
	})
}

func (h acts) setRole(c *gin.Context, f *form) error {
	role := f.text("role")
	if err := f.check(); err != nil {
		return err
	}
	return h.administer(c, event.RoleChanged, func(by account.Operator, id int64) error {
		return h.accounts.SetRole(c.Request.Context(), by, id, role, of(c).now)
	})
}

func (h acts) endSessionsOf(c *gin.Context) error {
	return h.administer(c, event.SessionsEnded, func(by account.Operator, id int64) error {
		_, err := h.accounts.EndSessionsOf(c.Request.Context(), by, id, of(c).now)
		if err == nil && id == of(c).caller.User.ID {
			h.cookies.forget(c)
		}
		return err
	})
}

func (h acts) sendReset(c *gin.Context) error {
	return h.administer(c, event.PasswordResetAsked, func(by account.Operator, id int64) error {
		return h.accounts.SendReset(c.Request.Context(), by, id, of(c).now)
	})
}

func (h acts) unlock(c *gin.Context) error {
	return h.administer(c, event.UserUnlocked, func(by account.Operator, id int64) error {
		return h.accounts.Unlock(c.Request.Context(), by, id, of(c).now)
	})
}

type adminEventListing struct {
	Events []event.Event `json:"events"`
	Next   int64         `json:"next,omitempty"` // as in adminUserListing
}

// eventFilters are what a query may say of the events that are wanted.
var eventFilters = []string{"user", "kind", "since", "before"}

// adminEvents lists a page of events that fit the filters in a query, the newest first.
func (h acts) adminEvents(c *gin.Context, q query) (adminEventListing, error) {
	f := event.Filter{UserID: q.number("user"), Kind: event.Kind(q.values["kind"]), Since: q.time("since"), Before: q.number("before"), Limit: pageSize + 1}
	if f.Kind != "" && !slices.Contains(event.Kinds, f.Kind) {
		q.problems["kind"] = "must be a known kind of event"
	}
	if err := q.check(); err != nil {
		return adminEventListing{}, err
	}
	list, err := h.accounts.History(c.Request.Context(), f)
	if err != nil {
		return adminEventListing{}, err
	}
	list, next := firstPage(list, func(e event.Event) int64 { return e.ID })
	return adminEventListing{Events: append([]event.Event{}, list...), Next: next}, nil
}

package controllers

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/user"
)

// askReset has a link to choose a new password mailed, by whichever route.
func (h acts) askReset(c *gin.Context, f *form) error {
	if err := h.ask(c, f, h.accounts.AskReset); err != nil {
		return err
	}
	note(c, event.PasswordResetAsked, 0)
	return nil
}

// resetPassword gives the user of a mailed link a new password, by whichever route. It signs nobody in.
func (h acts) resetPassword(c *gin.Context, f *form) error {
	token, plain := f.text("token"), f.text("newPassword")
	if err := f.require("token", token); err != nil {
		return err
	}
	u, err := h.accounts.ResetPassword(c.Request.Context(), token, plain, h.cookies.visitor(c), of(c).now)
	if err != nil {
		return refusedLink(c, err)
	}
	note(c, event.PasswordReset, u.ID)
	return nil
}

// confirmEmail confirms the address that a link was mailed to, that of a sign-up or a new one, by whichever route, and returns
// whose it is.
func (h acts) confirmEmail(c *gin.Context, f *form) (user.User, error) {
	token, plain := f.text("token"), f.text("password")
	if err := f.require("token", token); err != nil {
		return user.User{}, err
	}
	done, err := h.accounts.VerifyEmail(c.Request.Context(), token, plain, h.cookies.visitor(c), of(c).now)
	if errors.Is(err, account.ErrBadCredentials) { // nobody signs in here, so this is a mistake in a field
		note(c, event.VerificationFailed, 0)
		return user.User{}, wrongPassword("password")
	}
	if err != nil {
		return user.User{}, refusedLink(c, err)
	}
	note(c, done.Kind, done.User.ID)
	return done.User, nil
}

// refusedLink tells the log of a link that opens nothing.
func refusedLink(c *gin.Context, err error) error {
	if errors.Is(err, link.ErrInvalid) {
		note(c, event.LinkRefused, 0)
	}
	return err
}

// askVerification has a link to confirm an address mailed once more, by whichever route.
func (h acts) askVerification(c *gin.Context, f *form) error {
	if err := h.ask(c, f, h.accounts.AskVerification); err != nil {
		return err
	}
	note(c, event.VerificationAsked, 0)
	return nil
}

func (h acts) askEmailChange(c *gin.Context, f *form) error {
	caller, address := of(c).caller, f.text("newEmail")
	if err := f.check(); err != nil {
		return err
	}
	if err := h.accounts.AskEmailChange(c.Request.Context(), caller, address, h.cookies.visitor(c), of(c).now); err != nil {
		return err
	}
	note(c, event.EmailChangeAsked, caller.User.ID)
	return nil
}

// ask has a mail sent to the address in a form.
func (h acts) ask(c *gin.Context, f *form, wish func(ctx context.Context, address string, v account.Visitor, now time.Time) error) error {
	address := f.text("email")
	if err := f.check(); err != nil {
		return err
	}
	return wish(c.Request.Context(), address, h.cookies.visitor(c), of(c).now)
}

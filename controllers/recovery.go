package controllers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/link"
)

// Forgot answers POST /api/users/password/forgot, alike for every address.
func (h users) Forgot(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.askReset(c, f); err != nil {
		return err
	}
	accept(c, "if there is an account with this address, a link was sent to it")
	return nil
}

// askReset has a link to choose a new password mailed, by whichever route.
func (h users) askReset(c *gin.Context, f *form) error {
	if err := h.ask(c, f, "email", h.accounts.AskReset); err != nil {
		return err
	}
	note(c, event.PasswordResetAsked, 0)
	return nil
}

// Reset answers POST /api/users/password/reset.
func (h users) Reset(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.resetPassword(c, f); err != nil {
		return err
	}
	say(c, "password changed, sign in with the new one")
	return nil
}

// resetPassword gives the user of a mailed link a new password, by whichever route. It signs nobody in.
func (h users) resetPassword(c *gin.Context, f *form) error {
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

// VerifyEmail answers POST /api/users/email/verify.
func (h users) VerifyEmail(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.confirmEmail(c, f); err != nil {
		return err
	}
	say(c, "e-mail address confirmed")
	return nil
}

// confirmEmail confirms the address that a link was mailed to, that of a sign-up or a new one, by whichever route.
func (h users) confirmEmail(c *gin.Context, f *form) error {
	token, plain := f.text("token"), f.text("password")
	if err := f.require("token", token); err != nil {
		return err
	}
	done, err := h.accounts.VerifyEmail(c.Request.Context(), token, plain, h.cookies.visitor(c), of(c).now)
	if errors.Is(err, account.ErrBadCredentials) { // nobody signs in here, so this is a mistake in a field
		note(c, event.VerificationFailed, 0)
		return wrongPassword("password")
	}
	if err != nil {
		return refusedLink(c, err)
	}
	note(c, done.Kind, done.User.ID)
	return nil
}

// refusedLink tells the log of a link that opens nothing.
func refusedLink(c *gin.Context, err error) error {
	if errors.Is(err, link.ErrInvalid) {
		note(c, event.LinkRefused, 0)
	}
	return err
}

// ResendVerification answers POST /api/users/email/resend, alike for every address.
func (h users) ResendVerification(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.askVerification(c, f); err != nil {
		return err
	}
	accept(c, "if this address waits to be confirmed, a link was sent to it")
	return nil
}

// askVerification has a link to confirm an address mailed once more, by whichever route.
func (h users) askVerification(c *gin.Context, f *form) error {
	if err := h.ask(c, f, "email", h.accounts.AskVerification); err != nil {
		return err
	}
	note(c, event.VerificationAsked, 0)
	return nil
}

// ChangeEmail answers POST /api/users/email. The new address counts once it is confirmed.
func (h users) ChangeEmail(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.askEmailChange(c, f); err != nil {
		return err
	}
	accept(c, "a link was sent to the new address, unless somebody has it already")
	return nil
}

func (h users) askEmailChange(c *gin.Context, f *form) error {
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
func (h users) ask(c *gin.Context, f *form, field string, wish func(ctx context.Context, address string, v account.Visitor, now time.Time) error) error {
	address := f.text(field)
	if err := f.check(); err != nil {
		return err
	}
	return wish(c.Request.Context(), address, h.cookies.visitor(c), of(c).now)
}

// accept answers an act whose end only a mail will tell.
func accept(c *gin.Context, message string) {
	c.JSON(http.StatusAccepted, success{Success: true, Message: message})
}

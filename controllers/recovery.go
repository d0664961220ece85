package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"
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

// VerifyEmail answers POST /api/users/email/verify.
func (h users) VerifyEmail(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if _, err := h.confirmEmail(c, f); err != nil {
		return err
	}
	say(c, "e-mail address confirmed")
	return nil
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

// accept answers an act whose end only a mail will tell.
func accept(c *gin.Context, message string) {
	c.JSON(http.StatusAccepted, success{Success: true, Message: message})
}

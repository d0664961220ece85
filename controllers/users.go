package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
)

// users answers /api/users: people sign up, in and out, and look after their own account and sessions.
type users struct{ acts }

// Signup answers POST /api/users/signup.
func (h users) Signup(c *gin.Context) error {
	f, err := h.readSignUp(c)
	if err != nil {
		return err
	}
	u, err := h.signUp(c, f)
	if err != nil {
		return err
	}
	if u == nil {
		acceptSignUp(c)
		return nil
	}
	answer(c, http.StatusCreated, u)
	return nil
}

// acceptSignUp answers a sign-up that waits.
func acceptSignUp(c *gin.Context) {
	accept(c, "a mail was sent to this address, follow its link to finish")
}

// Login answers POST /api/users/login.
func (h users) Login(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	done, err := h.signIn(c, f)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, done.User)
	return nil
}

// Logout answers POST /api/users/logout, with success also for one who is not signed in.
func (h users) Logout(c *gin.Context) error {
	given, f, err := readTokensAndForm(c)
	if err != nil {
		return err
	}
	if err := refuseJSONAsForm(c); err != nil {
		return err
	}
	scope, err := account.ParseScope(f.text("scope"))
	if err := errors.Join(f.check(), err); err != nil {
		return err
	}
	if err := h.signOut(c, given, scope); err != nil {
		return err
	}
	saySignedOut(c)
	return nil
}

// saySignedOut answers a logout.
func saySignedOut(c *gin.Context) { say(c, "user logout successfully") }

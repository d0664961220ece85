package controllers

import (
	"errors"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// acts are what people do, by whichever route: the JSON routes and the pages call them, and differ in how they answer. An act
// reads its form, calls one method of a model, notes in the log what happened, and sets the cookies.
type acts struct {
	accounts *account.Accounts
	cookies  cookies
}

// readSignUp reads the form of a sign-up. Where sign-up is closed that is told before the body is looked at.
func (h acts) readSignUp(c *gin.Context) (*form, error) {
	if err := h.accounts.CheckSignup(); err != nil {
		return nil, err
	}
	return readForm(c)
}

// signUp is a sign-up for a session, by whichever route. Where the address has to be confirmed first it returns nobody.
func (h acts) signUp(c *gin.Context, f *form) (*user.User, error) {
	in, err := application(f)
	if err != nil {
		return nil, err
	}
	if h.accounts.ConfirmRequired() {
		return nil, h.apply(c, in)
	}
	done, err := h.accounts.SignUp(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if err != nil {
		return nil, err
	}
	note(c, event.SignUp, done.User.ID)
	h.cookies.signedIn(c, done)
	return done.User, nil
}

// apply is a sign-up that waits for its address to be confirmed, alike whether there is an account with it or not.
func (h acts) apply(c *gin.Context, in account.Application) error {
	made, err := h.accounts.Apply(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if err == nil && made != 0 {
		note(c, event.SignUp, made)
	}
	return err
}

func application(f *form) (account.Application, error) {
	in := account.Application{
		Email:    f.text("email"),
		Password: f.text("password"),
		Profile:  user.Profile{Name: f.optional("name"), Gender: f.optional("gender")},
	}
	return in, f.check()
}

// signIn is a sign-in for a session, by whichever route.
func (h acts) signIn(c *gin.Context, f *form) (account.SignedIn, error) {
	in := credentials(f)
	in.Remember = f.flag("remember")
	if err := f.check(); err != nil {
		return account.SignedIn{}, err
	}
	done, err := h.accounts.SignIn(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	of(c).counts.signIn(session.Cookie, err)
	if err != nil {
		return account.SignedIn{}, refusedSignIn(c, err)
	}
	note(c, event.SignIn, done.User.ID)
	h.cookies.signedIn(c, done)
	return done, nil
}

// refusedSignIn tells the log why nobody was signed in.
func refusedSignIn(c *gin.Context, err error) error {
	switch {
	case errors.Is(err, account.ErrBadCredentials):
		note(c, event.SignInFailed, 0)
	case errors.Is(err, account.ErrUnverified):
		note(c, event.SignInUnverified, 0)
	}
	return err
}

func credentials(f *form) account.Credentials {
	return account.Credentials{Email: f.text("email"), Password: f.text("password")}
}

// signOut ends sessions, by whichever route. The cookie stays where a session could not be ended, so that the visitor can
// try again.
func (h acts) signOut(c *gin.Context, given presented, scope account.Scope) error {
	ctx, now := c.Request.Context(), of(c).now
	var out []account.SignedOut
	var err error
	if given.any {
		out, err = h.accounts.SignOutTokens(ctx, scope, []string{given.access, given.refresh}, now)
	} else {
		out, err = h.accounts.SignOut(ctx, scope, h.cookies.visitor(c), now)
	}
	if err != nil {
		return err
	}
	if scope != account.Others {
		h.cookies.forget(c)
	}
	noteSignedOut(c, out)
	return nil
}

// noteSignedOut tells the log of users who were signed out; there may be none.
func noteSignedOut(c *gin.Context, users []account.SignedOut) {
	for _, u := range users {
		note(c, event.SignOut, u.UserID, "scope", u.Scope)
	}
}

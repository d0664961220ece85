package controllers

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// tokens answers /auth: the same users as /api/users, who hold tokens instead of a cookie. No route here reads or sets
// a cookie.
type tokens struct {
	acts
	callers callers
}

type issued struct {
	Success          bool      `json:"success"`
	Data             user.User `json:"data"`
	AccessToken      string    `json:"accessToken"`
	RefreshToken     string    `json:"refreshToken"`
	TokenType        string    `json:"tokenType"`
	ExpiresIn        int       `json:"expiresIn"` // in seconds
	RefreshExpiresIn int       `json:"refreshExpiresIn"`
}

func answerIssued(c *gin.Context, in account.Issued) {
	c.JSON(http.StatusOK, issued{
		Success: true, Data: in.User, AccessToken: in.Access, RefreshToken: in.Refresh, TokenType: "Bearer",
		ExpiresIn: int(in.AccessLife / time.Second), RefreshExpiresIn: int(in.RefreshLife / time.Second),
	})
}

// Signup answers POST /auth/signup: an account and nothing else, as the old token server did.
func (h tokens) Signup(c *gin.Context) error {
	f, err := h.readSignUp(c)
	if err != nil {
		return err
	}
	in, err := application(f)
	if err != nil {
		return err
	}
	if h.accounts.ConfirmRequired() {
		if err := h.apply(c, in); err != nil {
			return err
		}
		acceptSignUp(c)
		return nil
	}
	u, err := h.accounts.Register(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if err != nil {
		return err
	}
	note(c, event.SignUp, u.ID)
	answer(c, http.StatusCreated, u)
	return nil
}

// Login answers POST /auth/login.
func (h tokens) Login(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	in := credentials(f)
	if err := f.check(); err != nil {
		return err
	}
	done, err := h.accounts.SignInForTokens(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	of(c).counts.signIn(session.Token, err)
	if err != nil {
		return refusedSignIn(c, err)
	}
	note(c, event.SignIn, done.User.ID, "kind", session.Token)
	answerIssued(c, done)
	return nil
}

// Refresh answers POST /auth/refresh. The token comes in a header or in the body.
func (h tokens) Refresh(c *gin.Context) error {
	given, f, err := readTokensAndForm(c)
	if err != nil {
		return err
	}
	refresh := f.text("refreshToken")
	if given.refresh != "" && refresh != "" && refresh != given.refresh {
		return errTwoTokens
	}
	refresh = cmp.Or(given.refresh, refresh)
	if err := f.require("refreshToken", refresh); err != nil {
		return err
	}
	done, err := h.exchange(c, refresh)
	if err != nil {
		return err
	}
	answerIssued(c, done)
	return nil
}

// exchange refreshes, and sends the new tokens as headers too.
func (h tokens) exchange(c *gin.Context, refresh string) (account.Issued, error) {
	done, err := h.accounts.Refresh(c.Request.Context(), refresh, of(c).now)
	if reused, ok := errors.AsType[*account.ReusedError](err); ok {
		note(c, event.RefreshReused, reused.UserID)
	}
	if done.Replayed {
		note(c, event.RefreshReplayed, done.User.ID)
	}
	if err == nil {
		c.Header(accessHeaders[0], done.Access)
		c.Header(refreshHeaders[0], done.Refresh)
	}
	return done, err
}

// Logout answers POST /auth/logout: 200 whatever the tokens are, unless their end could not be stored. They may come in
// the body too, as they went out: a logout that is confirmed must not have passed over a token.
func (h tokens) Logout(c *gin.Context) error {
	given, f, err := readTokensAndForm(c)
	if err != nil {
		return err
	}
	if err := refuseJSONAsForm(c); err != nil {
		return err
	}
	// In the body and in a header there may be two different ones here: both are to end.
	texts := []string{given.access, given.refresh, f.text("accessToken"), f.text("refreshToken")}
	if err := f.check(); err != nil {
		return err
	}
	out, err := h.accounts.SignOutTokens(c.Request.Context(), account.Local, texts, of(c).now)
	if err != nil {
		return err
	}
	noteSignedOut(c, out)
	saySignedOut(c)
	return nil
}

type verified struct {
	Success bool         `json:"success"`
	Data    token.Claims `json:"data"`
	User    *user.User   `json:"user"`
}

// Verify answers POST /auth/verify for programs that were handed a token.
func (h tokens) Verify(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	text := f.text("token")
	if err := f.require("token", text); err != nil {
		return err
	}
	current, claims, err := h.accounts.Bearer(c.Request.Context(), text, of(c).now)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, verified{Success: true, Data: claims, User: current.User})
	return nil
}

const refreshPath = "/auth/refresh"

// refreshable is the refusal of an access token that the client can exchange its refresh token for.
type refreshable struct{ error }

func (r refreshable) Unwrap() error { return r.error }

// Page answers GET and POST /auth/page: a page for whoever holds an access token. Beside one that has expired, a
// refresh token is exchanged on the way, but never by HEAD, which changes nothing.
func (h tokens) Page(c *gin.Context) error {
	given := of(c).tokens
	if !given.any {
		return session.ErrNotFound // a cookie does not open this page
	}
	current, err := h.callers.find(c)
	expired := errors.Is(err, token.ErrExpired)
	if err != nil && !expired {
		return err
	}
	if expired && (given.refresh == "" || c.Request.Method == http.MethodHead) {
		return refreshable{err}
	}
	if _, err := readForm(c); err != nil { // before anything is exchanged
		return err
	}
	if !expired {
		answer(c, http.StatusOK, current.User)
		return nil
	}
	if err := h.accounts.Paired(given.access, given.refresh, of(c).now); err != nil {
		return err
	}
	done, err := h.exchange(c, given.refresh)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, done.User)
	return nil
}

package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/password"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/token"
	"gatehouse/models/user"
	"gatehouse/sessionstore"
)

// refusal is an answer to something that cannot be done: a status, a stable code for programs and a sentence
// for people. It tells nothing of the cause, which goes into the log.
type refusal struct {
	status  int
	code    string
	message string
}

func (r refusal) Error() string { return r.message }

var (
	errNotFound    = refusal{http.StatusNotFound, "not_found", "There is nothing here"}
	errMethod      = refusal{http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take that method"}
	errTooLarge    = refusal{http.StatusRequestEntityTooLarge, "body_too_large", "The request is too large"}
	errCrossOrigin = refusal{http.StatusForbidden, "cross_origin_refused", "Requests from other sites are refused"}
	errMediaType   = refusal{http.StatusUnsupportedMediaType, "unsupported_media_type", "Set Content-Type to application/json or application/x-www-form-urlencoded, and send the body in UTF-8, not compressed"}
	errNotSignedIn = refusal{http.StatusUnauthorized, "not_signed_in", "You are not signed in"}
	errForbidden   = refusal{http.StatusForbidden, "forbidden", "You may not do this"}
	errNotFresh    = refusal{http.StatusForbidden, "fresh_sign_in_required", "Enter your password again first"}
	errInvalid     = refusal{http.StatusUnprocessableEntity, "validation_failed", "Some fields are not right"}
	errInternal    = refusal{http.StatusInternalServerError, "internal", "Something went wrong on our side"}
	errUnavailable = refusal{http.StatusServiceUnavailable, "database_unavailable", "The service is not available right now, try again soon"}
	errOverloaded  = refusal{http.StatusServiceUnavailable, "overloaded", "Too much is going on right now, try again soon"}
)

// answered is a refusal as it is answered.
type answered struct {
	refusal
	fields map[string]string // what is wrong with them
	wait   time.Duration     // after which another try makes sense, in whole seconds; 0 where there is no need
}

// malformed is a request that cannot be read, and why.
func malformed(reason string) refusal {
	return refusal{http.StatusBadRequest, "bad_request", "The request cannot be read: " + reason}
}

// refusals says how the errors of the models are answered; the first match counts.
var refusals = []struct {
	err error
	is  refusal
}{
	{account.ErrBadCredentials, refusal{http.StatusUnauthorized, "invalid_credentials", "Error logged in"}},
	{account.ErrUnverified, refusal{http.StatusForbidden, "email_unverified", "Confirm your e-mail address first, by the link that was mailed to you"}},
	{account.ErrSignupClosed, refusal{http.StatusForbidden, "signup_closed", "Sign-up is closed"}},
	{account.ErrSamePassword, refusal{http.StatusUnprocessableEntity, "same_password", "The new password is the current one"}},
	{user.ErrEmailTaken, refusal{http.StatusConflict, "email_taken", "This e-mail address is taken"}},
	{user.ErrInUse, refusal{http.StatusConflict, "account_in_use", "Other data still belongs to this account, so it cannot be deleted"}},
	{account.ErrOwnAccount, refusal{http.StatusConflict, "own_account", "Another admin has to do this to your account"}},
	{account.ErrDisabled, refusal{http.StatusConflict, "account_disabled", "This account is disabled"}},
	{account.ErrNotAdmin, errNotFound},
	{user.ErrNotFound, errNotSignedIn},
	{session.ErrNotFound, errNotSignedIn},
	{session.ErrExpired, refusal{http.StatusUnauthorized, "session_expired", "Your session has expired, sign in again"}},
	{session.ErrAmbiguous, refusal{http.StatusBadRequest, "ambiguous_session", "The request carries several sessions"}},
	{link.ErrInvalid, refusal{http.StatusUnprocessableEntity, "link_invalid", "This link is not valid, or no longer; ask for a new one"}},
	{token.ErrExpired, refusal{http.StatusUnauthorized, "token_expired", "The token has expired"}},
	{token.ErrInvalid, refusal{http.StatusUnauthorized, "token_invalid", "The token is not valid"}},
	{token.ErrRevoked, refusal{http.StatusUnauthorized, "token_revoked", "The token is no longer valid, sign in again"}},
	{token.ErrReused, refusal{http.StatusUnauthorized, "refresh_reused", "The refresh token was used before, sign in again"}},
	{session.ErrDataTooLarge, refusal{http.StatusUnprocessableEntity, "validation_failed", "The session holds too much"}},
	{sessionstore.ErrCannotSave, errUnavailable},
	{throttle.ErrTooMany, refusal{http.StatusTooManyRequests, "too_many_requests", "Too many attempts, try again later"}},
	{throttle.ErrBusy, errOverloaded},
	{password.ErrOverloaded, errOverloaded},
	{db.ErrUnavailable, errUnavailable},
}

type success struct {
	Success bool   `json:"success"`
	Data    any    `json:"data,omitempty"`
	Message string `json:"message,omitempty"`
}

type failure struct {
	Error     bool              `json:"error"`
	Message   string            `json:"message"`
	Code      string            `json:"code"`
	RequestID string            `json:"requestId"`
	Fields    map[string]string `json:"fields,omitempty"`
	Refresh   string            `json:"refresh,omitempty"` // where to exchange the refresh token
}

func answer(c *gin.Context, status int, data any) {
	c.JSON(status, success{Success: true, Data: data})
}

var asJSON = []string{gin.MIMEJSON + "; charset=utf-8"}

// answerShown answers 200 with data that is JSON already: the same bytes as answer, which would parse it once more.
func answerShown(c *gin.Context, data json.RawMessage) {
	const before, after = `{"success":true,"data":`, `}`
	text := make([]byte, 0, len(before)+len(data)+len(after))
	text = append(append(append(text, before...), data...), after...)
	c.Writer.Header()["Content-Type"] = asJSON
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(text) // if that fails, nobody is left to be told
}

// say answers an act that has nothing to show.
func say(c *gin.Context, message string) {
	c.JSON(http.StatusOK, success{Success: true, Message: message})
}

// fail answers an error and keeps its cause for the log. An error that nobody foresaw is a 500 that says nothing.
func fail(c *gin.Context, err error) {
	r := of(c)
	c.Abort()
	is := refusalOf(err)
	if is.status >= http.StatusInternalServerError || errors.Is(err, token.ErrInvalid) {
		r.cause = err // a token is refused for reasons that its sender cannot see: another base-url, another kind
	}
	if is.wait > 0 {
		c.Header("Retry-After", strconv.Itoa(int(is.wait/time.Second)))
	}
	r.counts.throttled(err)
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		note(c, event.Throttled, throttled.UserID, "by", throttled.Bucket.Kind)
	}
	if badToken(err) && r.tokens.any {
		c.Header("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, 3
	}
	if c.Writer.Written() {
		return // too late to say so
	}
	if r.onRefusal != nil && r.onRefusal(is) {
		return
	}
	if r.pages != nil && forPeople(c.Request) && r.pages.showError(c, is) {
		return
	}
	body := failure{Error: true, Message: is.message + hint(r, is.refusal), Code: is.code, RequestID: r.id, Fields: is.fields}
	if _, ok := errors.AsType[refreshable](err); ok {
		body.Refresh = refreshPath
	}
	c.JSON(is.status, body)
}

// hint ends the sentence of a refusal where a header of the request may not say what its sender means; "" for any other.
func hint(r *request, is refusal) string {
	switch {
	case is == errNotSignedIn && !r.tokens.any && r.gin.GetHeader("Authorization") != "":
		return ". To send a token in the Authorization header, write Bearer before it"
	case r.jsonForm && (is == errInvalid || is.code == "bad_request"):
		return ". To send JSON, set Content-Type to application/json"
	}
	return ""
}

// refusalOf says how an error is answered.
func refusalOf(err error) answered {
	if invalid, ok := errors.AsType[*account.InvalidError](err); ok {
		is := answered{refusal: errInvalid, fields: invalid.Fields}
		if invalid.Weak {
			is.code, is.message = "weak_password", "The password is too weak"
		}
		return is
	}
	is := answered{refusal: kindOf(err)}
	if is.status == http.StatusServiceUnavailable || is.status == http.StatusTooManyRequests {
		is.wait = retryAfter(err)
	}
	return is
}

func kindOf(err error) refusal {
	if own, ok := errors.AsType[refusal](err); ok {
		return own
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.is
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return errUnavailable // the visitor has gone, or time ran out before anything was done
	}
	return errInternal
}

// retryAfterFault is how long a client should leave a database alone that did not answer.
const retryAfterFault = 2 * time.Second

// retryAfter is the time after which another try makes sense, in whole seconds.
func retryAfter(err error) time.Duration {
	if overloaded, ok := errors.AsType[*password.OverloadedError](err); ok {
		return overloaded.RetryAfter
	}
	if tooMany, ok := errors.AsType[*throttle.TooManyError](err); ok {
		return tooMany.RetryAfter
	}
	return retryAfterFault
}

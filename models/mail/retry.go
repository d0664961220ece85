package mail

import (
	"context"
	"errors"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// How a mail that could not be sent is tried again.
const (
	firstPause  = 30 * time.Second // doubled after each try
	longest     = time.Hour
	giveUpAfter = 24 * time.Hour
)

// pause is how long to wait after so many tries.
func pause(tries int) time.Duration {
	return min(firstPause<<min(tries-1, 10), longest)
}

// failed puts a mail off, or gives it up: at once where the server refuses the recipient, else after a day.
func (w *Worker) failed(ctx context.Context, r row, err error, now time.Time) error {
	about := []any{"kind", string(r.kind), "userId", r.userID, "tries", r.tries + 1, "cause", cause(err)}
	if refused(err) || now.Sub(r.created) >= giveUpAfter {
		w.o.Log.Error("mail was not sent and is given up", about...)
		return ignoreTaken(In(w.o.Conn).remove(ctx, r))
	}
	wait := pause(r.tries + 1)
	w.o.Log.Warn("mail was not sent; it is tried again", append(about, "in", wait.String())...)
	return ignoreTaken(In(w.o.Conn).postpone(ctx, r, now.Add(wait)))
}

// refused tells whether the server will never take this mail (RFC 5321, 4.2.1). Many refuse a recipient only when they
// have seen all of the mail. A 5yz to anything else is about us, and an operator may put it right.
func refused(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	return ok && e.ErrorCode()/100 == 5 && (e.Reason == gomail.ErrSMTPRcptTo || e.Reason == gomail.ErrSMTPDataClose)
}

// cause describes an error for the log. Of a mail server's answer it tells the codes alone: the text may hold the
// address, or a piece of the mail with its link.
func cause(err error) string {
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		if e.ErrorCode() == 0 {
			return e.Reason.String() + ": the connection broke or took too long"
		}
		return strings.TrimSpace(e.Reason.String() + ": " + strconv.Itoa(e.ErrorCode()) + " " + e.EnhancedStatusCode())
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return "greeting, STARTTLS or sign-in at the mail server: " + strconv.Itoa(e.Code)
	}
	return err.Error()
}

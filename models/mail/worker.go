package mail

import (
	"context"
	"errors"
	"log/slog"
	netmail "net/mail"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"gatehouse/db"
)

// Options says from whom mails are and how they leave.
type Options struct {
	Conn    *db.DB
	SMTP    *SMTP // nil writes mails into files in Folder, for development
	Folder  string
	From    netmail.Address
	Site    string // the name of the site, as mails show it
	BaseURL string // the address of the site, without a slash at the end; links begin with it, whatever a request said
	Host    string // how this server calls itself to mail servers, and in Message-ID
	Log     *slog.Logger
}

const (
	pollEvery  = 5 * time.Second // how late the mail of an act on another server can be noticed
	candidates = 5               // rows read at a time, so that workers who meet do not stay on each other's heels
	leaseFor   = 5 * time.Minute // well over the time that sending one mail can take
)

// sender hands a finished mail over, and tells where to. Which errors are for good is decided by refused.
type sender interface {
	send(ctx context.Context, m *gomail.Msg, kind Kind, now time.Time) (where string, err error)
}

// Worker sends what is in the outbox. Several, in one server or many, share the work.
type Worker struct {
	o        Options
	sender   sender
	encoding gomail.Encoding
	poll     time.Duration
	woken    chan struct{}
	stopped  chan struct{} // closed when no more mails are to be begun
	abort    context.CancelFunc
	running  sync.WaitGroup
}

// New returns a worker that does nothing yet.
func New(o Options) *Worker {
	w := &Worker{o: o, poll: pollEvery, woken: make(chan struct{}, 1), stopped: make(chan struct{})}
	if o.SMTP == nil {
		// As it is, so that a link can be copied out of a file; a mail server may know 7 bits only.
		w.sender, w.encoding = folder(o.Folder), gomail.NoEncoding
	} else {
		w.sender, w.encoding = server{*o.SMTP, o.Host, smtpTimeout}, gomail.EncodingQP
	}
	return w
}

// Start begins to send, in a goroutine of its own that Close ends.
func (w *Worker) Start() {
	if w.o.SMTP == nil {
		w.o.Log.Info("smtp-url is not set: mails are written to files", "folder", w.o.Folder)
	}
	ctx, abort := context.WithCancel(context.Background())
	w.abort = abort
	w.running.Go(func() { w.run(ctx) })
}

// Wake has the worker look into the outbox now. It never waits. Call it when the transaction of Add has committed.
func (w *Worker) Wake() {
	select {
	case w.woken <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Close begins no more mails and lets the one under way finish until ctx ends; then it is given up, and tried again by
// whoever runs next. The rest stays in the outbox.
func (w *Worker) Close(ctx context.Context) error {
	close(w.stopped)
	stop := context.AfterFunc(ctx, w.abort)
	defer w.abort()
	w.running.Wait()
	if stop() {
		return nil
	}
	return ctx.Err()
}

// run sends what is due until Close. Its context ends when the mail that is being sent is given up.
func (w *Worker) run(ctx context.Context) {
	tick := time.NewTicker(w.poll)
	defer tick.Stop()
	failing := false
	for {
		err := w.empty(ctx)
		if err != nil && !failing {
			w.o.Log.Warn("the outbox could not be read or written; it is tried again", "cause", err.Error())
		}
		failing = err != nil
		select {
		case <-w.stopped:
			return
		case <-w.woken:
		case <-tick.C:
		}
	}
}

// empty sends all that is due.
func (w *Worker) empty(ctx context.Context) error {
	for more := true; more; {
		select {
		case <-w.stopped:
			return nil
		default:
		}
		var err error
		if more, err = w.Next(ctx, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// Next deals with one mail that is due, and tells whether there may be more. Where a mail could not be sent the outbox
// knows, and there is no error: that is about the database alone.
func (w *Worker) Next(ctx context.Context, now time.Time) (more bool, err error) {
	rows, err := In(w.o.Conn).due(ctx, candidates, now)
	if err != nil {
		return false, err
	}
	for _, r := range rows {
		err := w.deal(ctx, r, now)
		if !errors.Is(err, errTaken) {
			return err == nil, err
		}
	}
	return len(rows) == candidates, nil
}

// deal sends one mail, drops it or puts it off; errTaken if another worker was faster.
func (w *Worker) deal(ctx context.Context, r row, now time.Time) error {
	r, l, err := w.prepare(ctx, r, now)
	if errors.Is(err, errTaken) || errors.Is(err, db.ErrUnavailable) || l == nil && err == nil {
		return err
	}
	var where string
	if err == nil {
		where, err = w.sender.send(ctx, w.compose(*l, now), r.kind, now)
	}
	if err != nil {
		return w.failed(context.WithoutCancel(ctx), r, err, now)
	}
	w.o.Log.Info("mail sent", "kind", string(r.kind), "userId", r.userID, "to", where)
	// The server may be told to stop meanwhile: what was sent is taken note of all the same.
	return ignoreTaken(In(w.o.Conn).remove(context.WithoutCancel(ctx), r))
}

func ignoreTaken(err error) error {
	if errors.Is(err, errTaken) {
		return nil // the lease was lost, and the mail is sent twice
	}
	return err
}

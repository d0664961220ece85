package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"gatehouse/config"
	"gatehouse/models/mail"
	"gatehouse/models/password"
)

// The limits of a connection. Nobody needs long for headers and bodies this small; a sign-in may wait for a hash
// worker and the database before it is answered.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = time.Minute
	maxHeaderBytes = 16 << 10
)

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// "OPTIONS *" is answered as everything else is, with our headers.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// listen opens every address of a setting, or none.
func listen(ctx context.Context, setting string, addresses ...string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, address := range addresses {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			closeAll(listeners)
			return nil, listenError(setting, address, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

func listenError(setting, address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("another program uses %[1]s already; stop it, or choose another address with --%[2]s, such as --%[2]s 127.0.0.1:3001", address, setting)
	}
	return fmt.Errorf("cannot listen on %s; choose another address with --%s: %w", address, setting, err)
}

// serveAll serves every listener. The channel, to which failures are sent, must have room for each.
func serveAll(server *http.Server, failed chan<- error, listeners ...net.Listener) {
	for _, l := range listeners {
		go func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
}

// drain lets running requests, queued hashes and the mail under way finish, as long as they may take.
func drain(server *http.Server, pool *password.Pool, mails *mail.Worker, limit time.Duration, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	log.Info("stopping", "atMost", limit.String())
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("some requests did not finish in time", "cause", err.Error())
		_ = server.Close()
	}
	if err := pool.Close(ctx); err != nil {
		log.Warn("some passwords were still being checked", "cause", err.Error())
	}
	if err := mails.Close(ctx); err != nil {
		log.Warn("a mail was still being sent; it is tried again", "cause", err.Error())
	}
	log.Info("stopped")
}

// announce tells a person that the server runs, where, and what to try. metrics is the URL of these, empty where there are none.
func announce(w io.Writer, cfg config.Config, metrics string) {
	site, first, try := cfg.BaseURL.String(), "signup", "Try it:"
	if !cfg.SignupOpen {
		first = "login"
	}
	if cfg.Pages {
		try = fmt.Sprintf("Open it in a browser:\n  %s/%s\n\nOr try it with curl:", site, first)
	}
	if metrics != "" {
		metrics = "\nMetrics are at " + metrics
	}
	_, _ = fmt.Fprintf(w, `Gatehouse is running at %[1]s
Users and sessions are in %[2]s%[5]s

%[4]s
  curl -c jar %[1]s/api/users/%[3]s -d email=you@example.com -d 'password=correct horse'
  curl -b jar %[1]s/api/users/me
  curl %[1]s/auth/login -d email=you@example.com -d 'password=correct horse'

The last one signs in for tokens. Stop it with Ctrl-C. All settings: gatehouse --help
`, site, whereData(cfg), first, try, metrics)
}

// garbage is GOGC unless the operator sets it: by how many percent of what is live the heap may grow before the collector runs.
// Most of what is live are the sessions in memory, which it would read through once a second for nothing at Go's own 100.
const garbage = 300

func keepGarbage(env []string) {
	if !slices.ContainsFunc(env, func(variable string) bool { return strings.HasPrefix(variable, "GOGC=") }) {
		debug.SetGCPercent(garbage)
	}
}

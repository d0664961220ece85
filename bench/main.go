// Command bench measures the built gatehouse from outside, beside what it is compared with: a bare Gin handler, bcrypt one at
// a time, and an Express server. README.md tells how to run it and what the figures mean. Other load on the machine hits
// all of them alike, because rounds alternate; a result is the median of the rounds. Nothing here passes or fails on a time.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	if path := os.Getenv(bareEnv); path != "" {
		exit(serveBare(path))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var line struct {
		Run      runCommand      `cmd:"" default:"withargs" help:"Measure checks, logins, checks under a flood of logins, and the start."`
		Growth   growthCommand   `cmd:"" help:"Measure check, login, list and purge on a small and on a big table."`
		Generate generateCommand `cmd:"" help:"Fill an empty database with users and sessions."`
	}
	k := kong.Parse(&line, kong.Name("bench"), kong.BindTo(ctx, (*context.Context)(nil)))
	exit(k.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

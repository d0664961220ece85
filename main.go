// Gatehouse signs people in to web apps: one program, a users table in MySQL or SQLite, a cookie that really
// ends at logout. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"gatehouse/commands"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(commands.Run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

package main

import (
	"context"
	"time"

	"gatehouse/models/account"
	hashes "gatehouse/models/password"
	"gatehouse/models/session"
)

// sessionRules are those of the program.
var sessionRules = account.Rules{SignupOpen: true, PasswordMinLength: 8, Limits: account.NoLimits(), Sessions: session.Limits{
	Idle: 30 * time.Minute, Lifetime: 12 * time.Hour, RememberIdle: 168 * time.Hour, RememberLifetime: 720 * time.Hour,
	Access: 3 * time.Minute, Refresh: 5 * time.Minute, Family: 720 * time.Hour, PerUser: 10,
}}

var laptop = session.Device{IP: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}

// unhashed takes every password at once, so that a login is measured without its hash, beside which the rest would not be
// seen.
type unhashed struct{}

func (unhashed) Room(ctx context.Context) (context.Context, func(), error) {
	return ctx, func() {}, nil
}

func (unhashed) Hash(context.Context, string) (string, error) { return "none", nil }

func (unhashed) Verify(context.Context, string, string) (hashes.Verdict, error) {
	return hashes.Verdict{Match: true}, nil
}

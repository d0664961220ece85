package config

import "time"

// Limits bound how often people may try. What a device, a network or an address may do is counted apart.
type Limits struct {
	AccountFailures          int
	AccountDelay, AccountMax time.Duration
	AccountLock              int
	AccountLockTime          time.Duration
	AccountAtOnce            int
	AccountWait              time.Duration
	DeviceLock               int
	DeviceLifetime           time.Duration
	NetworkFailures          int
	NetworkWindow            time.Duration
	SignupLimit              int
	SignupWindow             time.Duration
	MailLimit                int
	MailWindow               time.Duration
}

// The bounds of the limits: nobody needs to be let in more often than many, and nothing is remembered for longer than a year.
const (
	many      = 1_000_000_000
	longLimit = 365 * 24 * time.Hour
)

func (c *checker) attemptLimits(s Settings) Limits {
	l := Limits{
		AccountFailures: c.integer("account-failures", s.AccountFailures, 1, many),
		AccountDelay:    c.duration("account-delay", s.AccountDelay, time.Second, longLimit),
		AccountMax:      c.duration("account-delay-max", s.AccountDelayMax, time.Second, longLimit),
		AccountLock:     c.integer("account-lock", s.AccountLock, 1, many),
		AccountLockTime: c.duration("account-lock-time", s.AccountLockTime, time.Minute, longLimit),
		AccountAtOnce:   c.integer("account-at-once", s.AccountAtOnce, 1, 1000),
		AccountWait:     c.duration("account-wait", s.AccountWait, 0, 20*time.Second),
		DeviceLock:      c.integer("device-lock", s.DeviceLock, 1, many),
		DeviceLifetime:  c.duration("device-lifetime", s.DeviceLifetime, time.Hour, longLimit),
		NetworkFailures: c.integer("network-failures", s.NetworkFailures, 1, many),
		NetworkWindow:   c.duration("network-window", s.NetworkWindow, time.Second, longLimit),
		SignupLimit:     c.integer("signup-limit", s.SignupLimit, 1, many),
		SignupWindow:    c.duration("signup-window", s.SignupWindow, time.Second, longLimit),
		MailLimit:       c.integer("mail-limit", s.MailLimit, 1, many),
		MailWindow:      c.duration("mail-window", s.MailWindow, time.Second, longLimit),
	}
	if l.AccountDelay > l.AccountMax && !c.failed("account-delay", "account-delay-max") {
		c.fail("account-delay", "%s is longer than account-delay-max (%s); make it the same or shorter", short(l.AccountDelay), short(l.AccountMax))
	}
	return l
}

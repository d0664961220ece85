package mail

import (
	"strconv"
	"time"
)

// english are the texts of all mails. They greet nobody by name: a name is what somebody typed at sign-up, perhaps not the
// owner of the address.
var english = language{
	tag: "en",
	mails: map[Kind]words{
		Reset: {"Choose a new password for {site}", []string{
			"Somebody asked for a new password for your account at {site}. To choose one, follow this link:",
			"{link}",
			"The link is good for {life} and works once. If you asked more than once, only the newest link works.",
			"If you did not ask for this, ignore this mail. Your password stays as it is.",
		}},
		Verify: {"Confirm your address for {site}", []string{
			"Somebody signed up at {site} with this address. If that was you, confirm it by following this link:",
			"{link}",
			"The link is good for {life} and works once. If you were sent more than one, only the newest works.",
			"If you did not sign up, ignore this mail. Do not follow the link: it would confirm somebody else's account.",
		}},
		EmailChange: {"Confirm your new address for {site}", []string{
			"Somebody who has an account at {site} wants to use this address for it. If that was you, follow this link:",
			"{link}",
			"The link is good for {life} and works once. Until then the account keeps its old address.",
			"If you did not ask for this, ignore this mail. Do not follow the link: it would give your address to somebody else's account.",
		}},
		PasswordChanged: {"Your password for {site} was changed", []string{
			"The password of your account at {site} has just been changed.",
			"If that was you, there is nothing to do.",
			"If it was not you, somebody else may be using your account. Ask for a new password on the sign-in page at once.",
		}},
		EmailChanged: {"Your account at {site} has another address now", []string{
			"Your account at {site} used this address until now. It has another one from now on, and this is the last mail to this one.",
			"If that was you, there is nothing to do.",
			"If it was not you, somebody else may be using your account. Write to the people who run {site}.",
		}},
		AccountExists: {"You have an account at {site} already", []string{
			"Somebody tried to sign up at {site} with this address. There is an account with it already, so no new one was made.",
			"If that was you, sign in with your password, or ask for a new one on the sign-in page.",
			"If it was not you, ignore this mail. Nothing has changed.",
		}},
		ManyFailures: {"A sign-in at {site} after many failed tries", []string{
			"Somebody has just signed in to your account at {site}, after many tries with wrong passwords.",
			"If that was you, there is nothing to do.",
			"If it was not you, somebody else knows your password. Ask for a new one on the sign-in page at once: that signs everybody out.",
		}},
	},
	closing: "{site}, {url}",
	span: func(d time.Duration) string {
		if d < time.Hour {
			return strconv.Itoa(int(d.Minutes())) + " minutes"
		}
		return strconv.Itoa(int(d.Hours())) + " hours"
	},
}

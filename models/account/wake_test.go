package account

import (
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/link"
)

func TestAnActThatMailsWakesTheWorker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		woken := false
		a.rules.Verification, a.rules.WakeMail = VerifyAsk, func() { woken = true }
		var ann SignedIn
		for _, act := range []struct {
			name string
			do   func() error
		}{
			{"sign-up", func() error { ann = signUp(t, a, "ann@example.com", Visitor{}); return nil }},
			{"new password", func() error {
				_, err := a.ChangePassword(t.Context(), ann.Current, Visitor{}, "correct horse", "battery staple", now)
				return err
			}},
			{"application", func() error { apply(t, a, "ben@example.com"); return nil }},
			{"wish of an operator", func() error { return a.SendReset(t.Context(), Operator{}, ann.User.ID, now) }},
			{"wish", func() error { return a.AskReset(t.Context(), "ann@example.com", Visitor{}, now) }},
			{"reset", func() error {
				_, err := a.ResetPassword(t.Context(), linkOf(t, conn, ann.User.ID), "another staple", Visitor{}, now)
				return err
			}},
			{"new address", func() error {
				token, err := link.In(conn).Make(t.Context(), link.EmailChange, ann.User.ID, "new@example.com", time.Hour, now)
				if err == nil {
					_, err = a.VerifyEmail(t.Context(), string(token), "", Visitor{}, now)
				}
				return err
			}},
		} {
			woken = false
			if err := act.do(); err != nil || !woken {
				t.Errorf("%s: woken %v, %v", act.name, woken, err)
			}
		}
	})
}

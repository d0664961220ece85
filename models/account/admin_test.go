package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

// newAdmin signs up somebody who is an admin then, and returns what a request of theirs knows.
func newAdmin(t *testing.T, a *Accounts, email string) Current {
	t.Helper()
	in := signUp(t, a, email, Visitor{})
	if err := a.SetRole(t.Context(), Operator{}, in.User.ID, user.Admin, now); err != nil {
		t.Fatal(err)
	}
	return in.Current
}

// A request was let in, and its admin is none any more when it acts.
func TestWhoIsNoAdminAnyMoreChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := t.Context()
		ann, root := signUp(t, a, "ann@example.com", Visitor{}).User.ID, newAdmin(t, a, "root@example.com")
		acts := map[string]func(by Operator) error{
			"disable": func(by Operator) error { return a.SetActive(ctx, by, ann, false, now) },
			"role":    func(by Operator) error { return a.SetRole(ctx, by, ann, user.Admin, now) },
			"unlock":  func(by Operator) error { return a.Unlock(ctx, by, ann, now) },
			"reset":   func(by Operator) error { return a.SendReset(ctx, by, ann, now) },
			"sessions": func(by Operator) error {
				_, err := a.EndSessionsOf(ctx, by, ann, now)
				return err
			},
		}
		for why, change := range map[string]string{
			"demoted":          "UPDATE users SET role = 'user', gh_admin = NULL WHERE id = ?",
			"without our mark": "UPDATE users SET role = 'admin', gh_admin = NULL WHERE id = ?",
			"another role":     "UPDATE users SET role = 'Admin', gh_admin = 1 WHERE id = ?",
			"disabled":         "UPDATE users SET role = 'admin', gh_admin = 1, state = 0 WHERE id = ?",
			"deleted":          "DELETE FROM users WHERE id = ?",
		} {
			if why == "deleted" {
				root = newAdmin(t, a, "other@example.com")
			}
			exec(t, conn, change, root.User.ID)
			for name, act := range acts {
				if err := act(OperatorOf(root)); !errors.Is(err, ErrNotAdmin) {
					t.Errorf("%s, %s: %v", why, name, err)
				}
			}
			exec(t, conn, "UPDATE users SET state = 1, role = 'admin', gh_admin = 1 WHERE id = ?", root.User.ID)
		}
		if u, err := a.AccessOf(ctx, ann); err != nil || !u.Active() || u.Role != "user" {
			t.Errorf("%+v, %v", u.User, err)
		}
		if list, err := a.History(ctx, event.Filter{UserID: ann}); err != nil || len(list) != 1 {
			t.Errorf("events: %v, %v", list, err)
		}
	})
}

func TestTwoAdminsWhoDemoteEachOtherLeaveOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		for round := range 10 {
			both := []Current{newAdmin(t, a, string(rune('a'+round))+"1@example.com"), newAdmin(t, a, string(rune('a'+round))+"2@example.com")}
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i := range both {
				wg.Go(func() {
					errs[i] = a.SetRole(context.Background(), OperatorOf(both[i]), both[1-i].User.ID, "user", now)
				})
			}
			wg.Wait()
			left := 0
			for i, c := range both {
				u, err := a.AccessOf(t.Context(), c.User.ID)
				if err != nil || errs[i] != nil && !errors.Is(errs[i], ErrNotAdmin) {
					t.Fatal(err, errs[i])
				}
				if u.Admin {
					left++
				}
			}
			if left != 1 {
				t.Fatalf("%d admins are left; %v", left, errs)
			}
		}
	})
}

// An attack on many accounts has many refusals, and those of its networks are to be seen nevertheless.
func TestAdminsSeeTheNewestRefusedNetworks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			add := func(ip, detail string, at time.Time) error {
				ctx := event.From(t.Context(), event.Origin{Actor: event.Visitor, IP: ip})
				return event.In(tx).Add(ctx, event.Throttled, 0, detail, at)
			}
			var errs []error
			for i := range networksTold + 2 {
				errs = append(errs, add(fmt.Sprintf("192.0.2.%d", i), "network", now.Add(-time.Hour)))
			}
			errs = append(errs, add("192.0.2.5", "sign-up", now.Add(-time.Minute)))
			for range refusalsRead {
				errs = append(errs, add("198.51.100.1", "account", now))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			t.Fatal(err)
		}
		is, err := a.Activity(t.Context(), now)
		if err != nil || len(is.Networks) != networksTold {
			t.Fatalf("%+v, %v", is.Networks, err)
		}
		newest := Network{Network: "192.0.2.5", Last: now.Add(-time.Minute), Refused: 2}
		if first := is.Networks[0]; first.Network != newest.Network || !first.Last.Equal(newest.Last) || first.Refused != newest.Refused {
			t.Errorf("%+v, want %+v", first, newest)
		}
		if last := is.Networks[networksTold-1].Network; last != "192.0.2.2" {
			t.Errorf("the last is %s", last)
		}
	})
}

func TestAdminsAreToldThatATableRefusesARole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ann, root := signUp(t, a, "ann@example.com", Visitor{}).User.ID, newAdmin(t, a, "root@example.com")
		if conn.Engine() == db.MySQL {
			exec(t, conn, "ALTER TABLE users MODIFY role ENUM('user', 'admin') NOT NULL")
		} else {
			exec(t, conn, "CREATE TABLE roles (role TEXT CHECK (role IN ('user', 'admin')))")
			exec(t, conn, "CREATE TRIGGER roles BEFORE UPDATE OF role ON users BEGIN INSERT INTO roles (role) VALUES (NEW.role); END")
		}
		err := a.SetRole(t.Context(), OperatorOf(root), ann, "editor", now)
		if bad, ok := errors.AsType[*InvalidError](err); !ok || bad.Fields["role"] == "" {
			t.Errorf("error %v", err)
		}
		if list, err := a.History(t.Context(), event.Filter{UserID: ann, Kind: event.RoleChanged}); err != nil || len(list) != 0 {
			t.Errorf("events: %v, %v", list, err)
		}
	})
}

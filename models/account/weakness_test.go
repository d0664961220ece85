package account

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/password/guessed"
	"gatehouse/models/user"
)

var wellKnown = []string{
	"password", "12345678", "123456789", "password1", "iloveyou", "qwertyuiop", "sunshine", "princess", "football", "baseball",
	"trustno1", "1234567890", "PASSWORD1",
}

// ways are the acts that give somebody a password; ann@example.com is signed in, and has "correct horse".
var ways = map[string]struct {
	field, email string
	act          func(a *Accounts, ann SignedIn, plain string) error
}{
	"sign-up": {"password", "ben@example.com", func(a *Accounts, _ SignedIn, plain string) error {
		_, err := a.SignUp(context.Background(), Application{Email: "ben@example.com", Password: plain}, Visitor{}, now)
		return err
	}},
	"sign-up for tokens": {"password", "ben@example.com", func(a *Accounts, _ SignedIn, plain string) error {
		_, err := a.Register(context.Background(), Application{Email: "ben@example.com", Password: plain}, Visitor{}, now)
		return err
	}},
	"change": {"newPassword", "ann@example.com", func(a *Accounts, ann SignedIn, plain string) error {
		_, err := a.ChangePassword(context.Background(), ann.Current, Visitor{}, "correct horse", plain, now)
		return err
	}},
	"users add": {"password", "ben@example.com", func(a *Accounts, _ SignedIn, plain string) error {
		_, err := a.Add(context.Background(), Application{Email: "ben@example.com", Password: plain}, "user", now)
		return err
	}},
	"users set-password": {"password", "ann@example.com", func(a *Accounts, ann SignedIn, plain string) error {
		return a.ReplacePassword(context.Background(), ann.User.ID, plain, now)
	}},
}

// wantRefused checks that an act was refused for this password, and changed nothing.
func wantRefused(t *testing.T, what string, a *Accounts, err error, field, sentence string) {
	t.Helper()
	var bad *InvalidError
	if !errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[field] != sentence {
		t.Errorf("%s: %v, want %s %s", what, err, field, sentence)
		return
	}
	var emails []string
	if err := a.Users(t.Context(), func(u user.User) error { emails = append(emails, u.Email); return nil }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(emails) != "[ann@example.com]" {
		t.Errorf("%s: users %v", what, emails)
	}
	wantSignIn(t, a, "ann@example.com", "correct horse", nil)
}

func TestWhatIsGuessedFirstBecomesNobodysPassword(t *testing.T) {
	const used, named = "is one of the most used passwords", "must not be your e-mail address, a part of it or the name of this site"
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		a.rules.Guessed = guessed.New(guessed.Options{Words: []string{"Gatehouse", "auth.example.com"}})
		ann := signUp(t, a, "ann@example.com", Visitor{})
		for name, way := range ways {
			for _, plain := range wellKnown {
				wantRefused(t, name+" with "+plain, a, way.act(a, ann, plain), way.field, used)
			}
			for _, plain := range []string{"Gatehouse2026!", "AUTH.example.com", "example.com1", way.email, strings.ToUpper(way.email[:3]) + "12345"} {
				wantRefused(t, name+" with "+plain, a, way.act(a, ann, plain), way.field, named)
			}
		}
	})
}

func TestAPasswordOfLowerCaseLettersAndSpacesIsTaken(t *testing.T) {
	for name, way := range ways {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			a, _ := newAccounts(t, conn, 4)
			ann := signUp(t, a, "ann@example.com", Visitor{})
			if err := way.act(a, ann, "gatehouse keeps my cats"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			wantSignIn(t, a, way.email, "gatehouse keeps my cats", nil)
		})
	}
}

// lookUps are accounts for which this password has leaked, and the number of times that the service was asked.
func lookUps(t *testing.T, conn dbtest.Conn, leaked string) (a *Accounts, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, fmt.Sprintf("%X", sha1.Sum([]byte(leaked)))[5:]+":3\r\n")
	}))
	t.Cleanup(service.Close)
	a, _ = newAccounts(t, conn, 4)
	a.rules.Guessed = guessed.New(guessed.Options{BreachURL: service.URL + "/", Log: slog.New(slog.DiscardHandler)})
	return a, asked
}

func TestALeakedPasswordBecomesNobodysPassword(t *testing.T) {
	for name, way := range ways {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			a, asked := lookUps(t, conn, "battery staple")
			ann := signUp(t, a, "ann@example.com", Visitor{})
			asked.Store(0)
			err := way.act(a, ann, "battery staple")
			wantRefused(t, name, a, err, way.field, "is in a list of leaked passwords")
			if bad := (*InvalidError)(nil); errors.As(err, &bad) && !bad.Weak {
				t.Errorf("%s: the refusal is not one of a weak password", name)
			}
			if asked.Load() != 1 {
				t.Errorf("%s: the service was asked %d times, want once", name, asked.Load())
			}
			if err := way.act(a, ann, "another good one"); err != nil {
				t.Errorf("%s with another: %v", name, err)
			}
		})
	}
}

func TestALeakIsLookedUpAfterEverythingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, asked := lookUps(t, conn, "battery staple")
		ann := signUp(t, a, "ann@example.com", Visitor{})
		asked.Store(0)
		ctx := t.Context()
		signsUp := func(email, plain string) error {
			_, err := a.SignUp(ctx, Application{Email: email, Password: plain}, Visitor{}, now)
			return err
		}
		changes := func(current, next string) error {
			_, err := a.ChangePassword(ctx, ann.Current, Visitor{}, current, next, now)
			return err
		}
		for name, err := range map[string]error{
			"a taken address":          signsUp("Ann@example.com", "battery staple"),
			"no address":               signsUp("ann", "battery staple"),
			"too short":                signsUp("ben@example.com", "short"),
			"used by many":             signsUp("ben@example.com", "password1"),
			"the own address":          signsUp("ben@example.com", "ben@example.com"),
			"a wrong current password": changes("wrong horse", "battery staple"),
			"the same password":        changes("correct horse", "correct horse"),
			"used by many, a change":   changes("correct horse", "password1"),
			"used by many, operator":   a.ReplacePassword(ctx, ann.User.ID, "password1", now),
			"nobody":                   a.ReplacePassword(ctx, ann.User.ID+1, "battery staple", now),
		} {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		a.rules.SignupOpen = false
		if err := signsUp("ben@example.com", "battery staple"); !errors.Is(err, ErrSignupClosed) {
			t.Errorf("sign-up is closed: %v", err)
		}
		if asked.Load() != 0 {
			t.Errorf("the service was asked %d times, want never", asked.Load())
		}
	})
}

func TestWhoHasABadPasswordAlreadySignsInWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, asked := lookUps(t, conn, "battery staple")
		for email, plain := range map[string]string{"ann@example.com": "password1", "ben@example.com": "battery staple", "eve@example.com": "eve@example.com"} {
			stored(t, conn, email, bcryptOf(t, plain, 4))
			in, err := signIn(a, email, plain, Visitor{})
			if err != nil {
				t.Errorf("sign-in with %q: %v", plain, err)
				continue
			}
			if in, err = a.Reauthenticate(t.Context(), in.Current, Visitor{}, plain, now); err != nil {
				t.Errorf("reauthentication with %q: %v", plain, err)
			}
			if _, err := a.ChangePassword(t.Context(), in.Current, Visitor{}, plain, "another good one", now); err != nil {
				t.Errorf("change of %q: %v", plain, err)
			}
		}
		if asked.Load() != 3 { // for the three new ones
			t.Errorf("the service was asked %d times, want 3", asked.Load())
		}
	})
}

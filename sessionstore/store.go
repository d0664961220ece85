// Package sessionstore lets handlers use sessions.Default(c) of gin-contrib/sessions over our own sessions:
// a store whose cookie holds an opaque secret and whose values lie as JSON in the session's row.
//
// Values survive the new secret at sign-in and end at logout. Their keys are texts, and what is read back is
// what JSON makes of them: numbers are float64, lists are []any. Get("user") is the current user, a user.User
// without the password; what is set under that name is not stored.
package sessionstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"

	"gatehouse/models/account"
	"gatehouse/models/session"
)

// UserKey is the key under which Get finds the current user.
const UserKey = "user"

// ErrCannotSave says that this request has no session of its own to save values in: the session could not be
// read, or the caller holds a token.
var ErrCannotSave = errors.New("session values cannot be saved in this request")

// sealed is the ID of a session that cannot be saved. No public id looks like it.
const sealed = "-"

// Store implements the Store interface of gin-contrib/sessions.
type Store struct {
	accounts *account.Accounts
	options  *gorilla.Options
	device   func(*http.Request) session.Device
	now      func() time.Time
}

// New returns a store. Its cookies have the given attributes; device tells what is to be kept of a visitor who
// gets a session of their own, and now the time.
func New(accounts *account.Accounts, o sessions.Options, device func(*http.Request) session.Device, now func() time.Time) *Store {
	return &Store{accounts: accounts, options: o.ToGorillaOptions(), device: device, now: now}
}

// Options replaces all attributes of the cookies made from now on.
func (st *Store) Options(o sessions.Options) { st.options = o.ToGorillaOptions() }

// Get returns the request's session of this name, the same one each time.
func (st *Store) Get(r *http.Request, name string) (*gorilla.Session, error) {
	return gorilla.GetRegistry(r).Get(st, name)
}

// New reads the session of a request. It never returns nil: where there is no session, or where reading it
// failed, the result is empty, and in the second case it cannot be saved, so that a fault in the database is
// never taken for a signed-out visitor.
func (st *Store) New(r *http.Request, name string) (*gorilla.Session, error) {
	s := gorilla.NewSession(st, name)
	options := *st.options
	s.Options = &options
	s.IsNew = true

	known, isKnown := knownOf(r.Context(), name)
	var current account.Current
	switch {
	case isKnown && known.withheld:
		s.ID = sealed
		return s, nil
	case isKnown:
		current = *known.current
	default:
		var err error
		current, err = st.accounts.Current(r.Context(), Secrets(r, name), st.now())
		if err != nil && !errors.Is(err, session.ErrNotFound) && !errors.Is(err, session.ErrExpired) {
			s.ID = sealed
			return s, err
		}
	}
	if err := fill(s, current); err != nil {
		s.ID = sealed
		return s, err
	}
	return s, nil
}

// fill makes a session show what is current, or leaves it empty.
func fill(s *gorilla.Session, current account.Current) error {
	if current.Session.PublicID == "" {
		return nil
	}
	var values map[string]any
	if len(current.Session.Data) > 0 {
		if err := json.Unmarshal(current.Session.Data, &values); err != nil {
			return fmt.Errorf("read session values: %w", err)
		}
	}
	s.ID, s.IsNew = current.Session.PublicID, false
	for k, v := range values {
		s.Values[k] = v
	}
	delete(s.Values, UserKey)
	if current.User != nil {
		s.Values[UserKey] = *current.User
	}
	return nil
}

// Save stores the values: in the session's row, or in a new row for a visitor who had none. A session that was
// ended meanwhile is session.ErrNotFound and is not made again. A negative MaxAge ends the session.
func (st *Store) Save(r *http.Request, w http.ResponseWriter, s *gorilla.Session) error {
	if s.ID == sealed {
		return ErrCannotSave
	}
	if s.Options.MaxAge < 0 {
		return st.end(r.Context(), w, s)
	}
	data, err := encode(s.Values)
	if err != nil {
		return err
	}
	if s.ID != "" {
		return st.accounts.SaveData(r.Context(), s.ID, data, st.now())
	}
	visitor, secret, err := st.accounts.StartVisitor(r.Context(), data, st.device(r), st.now())
	if err != nil {
		return err
	}
	s.ID, s.IsNew = visitor.PublicID, false
	http.SetCookie(w, Cookie(s.Name(), string(secret), s.Options))
	return nil
}

func (st *Store) end(ctx context.Context, w http.ResponseWriter, s *gorilla.Session) error {
	if err := st.accounts.EndVisit(ctx, s.ID); err != nil {
		return err
	}
	s.ID, s.IsNew = "", true
	clear(s.Values)
	http.SetCookie(w, Cookie(s.Name(), "", s.Options))
	return nil
}

func encode(values map[any]any) ([]byte, error) {
	named := make(map[string]any, len(values))
	for k, v := range values {
		name, ok := k.(string)
		if !ok {
			return nil, fmt.Errorf("session key %v is no text", k)
		}
		if name != UserKey {
			named[name] = v
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(named)
	if err != nil {
		return nil, fmt.Errorf("write session values: %w", err)
	}
	return data, nil
}

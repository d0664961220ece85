package account

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// memory holds live sessions and their users that a check has found, so that the next check of the same session need not ask
// the database.
//
// On SQLite it is exact within this process: the database tells every row that is changed or deleted, by whatever statement,
// before the act that did it is answered, and the row is forgotten. What was read before such a change and comes after it is
// not kept. Another process on the file, such as a command, is noticed within otherWritersAge.
//
// On MySQL, where other servers write too, what was found is forgotten after an age.
type memory struct {
	conn *db.DB
	most int
	age  time.Duration // 0 for any

	mu       sync.RWMutex
	turn     uint64 // counts the calls of forget
	sessions map[session.Hash]kept
	users    map[int64]shownUser
	texts    map[string]string // those that many have in common, each once

	began    time.Time
	checked  atomic.Int64 // when it was last asked whether others have written, after began
	checking sync.Mutex
}

type kept struct {
	session.Session
	since time.Time
}

type shownUser struct {
	*user.User
	shown json.RawMessage
	since time.Time
}

const (
	// checkOthers is how often a check asks whether other processes have written, and otherWritersAge how long the others go
	// on without an answer: what a command does must count within a second.
	checkOthers     = 100 * time.Millisecond
	otherWritersAge = 500 * time.Millisecond
	// patience bounds how long that one check waits for whoever is writing.
	patience = 20 * time.Millisecond
	// maxData is the most bytes of values that a session may have to be kept.
	maxData = 1 << 10
)

// Remember keeps at most so many live sessions in memory, on MySQL for an age. It is called once, before anything else.
func (a *Accounts) Remember(ctx context.Context, most int, age time.Duration) error {
	if most <= 0 || a.db.Engine() != db.SQLite && age <= 0 {
		return nil
	}
	m := &memory{conn: a.db, most: most, began: time.Now(), sessions: map[session.Hash]kept{}, users: map[int64]shownUser{}, texts: map[string]string{}}
	if a.db.Engine() != db.SQLite {
		m.age = age
	}
	a.memory = m
	return a.db.Watch(ctx, map[string]string{"sessions": "id_hash", "users": "id"}, m.forget)
}

// find returns a session that would be found in the database as it is.
func (m *memory) find(ctx context.Context, hash session.Hash, now time.Time) (Current, bool) {
	if m == nil || !m.current(ctx) {
		return Current{}, false
	}
	m.mu.RLock()
	s, there := m.sessions[hash]
	u := m.users[s.UserID]
	m.mu.RUnlock()
	if !there || u.User == nil || !s.Live(now) || m.age > 0 && (now.Sub(s.since) >= m.age || now.Sub(u.since) >= m.age) {
		return Current{}, false
	}
	return Current{Session: s.Session, User: u.User, Shown: u.shown}, true
}

// begin is called before the database is asked; keep wants to know what it returned.
func (m *memory) begin() uint64 {
	if m == nil {
		return 0
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.turn
}

// keep takes what the database answered, unless something has been forgotten since it was asked.
func (m *memory) keep(turn uint64, c Current, now time.Time) {
	if m == nil || c.User == nil || len(c.Session.Data) > maxData {
		return
	}
	shown, err := json.Marshal(c.User)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if turn != m.turn {
		return
	}
	makeRoom(m.sessions, m.most)
	makeRoom(m.users, m.most)
	c.Session.IP, c.Session.UserAgent = m.once(c.Session.IP), m.once(c.Session.UserAgent)
	m.sessions[c.Session.Hash] = kept{c.Session, now}
	if !m.users[c.User.ID].since.After(now) { // a check that took longer may have read the user earlier
		m.users[c.User.ID] = shownUser{c.User, shown, now}
	}
}

// drop forgets a session that is no longer there, and its user: whoever ended it was not heard of here yet.
func (m *memory) drop(userID int64, hashes ...session.Hash) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	delete(m.users, userID)
	for _, hash := range hashes {
		delete(m.sessions, hash)
	}
}

// maxTexts bounds the texts that are kept once.
const maxTexts = 1000

// once returns a text that others have too, so that it is in memory once.
func (m *memory) once(text string) string {
	if same, there := m.texts[text]; there {
		return same
	}
	if len(m.texts) < maxTexts {
		m.texts[text] = text
	}
	return text
}

// makeRoom drops any one: the next check finds it again.
func makeRoom[K comparable, V any](kept map[K]V, most int) {
	if len(kept) < most {
		return
	}
	for key := range kept {
		delete(kept, key)
		return
	}
}

// forget is told what was changed or deleted, all if it is told nothing.
func (m *memory) forget(rows []db.Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	if len(rows) == 0 {
		clear(m.sessions)
		clear(m.users)
		clear(m.texts)
	}
	for _, row := range rows {
		switch key := row.Key.(type) {
		case int64:
			delete(m.users, key)
		case []byte:
			if len(key) == sha256.Size {
				delete(m.sessions, session.Hash(key))
			}
		}
	}
}

// current makes sure that other processes have not written lately; if they have, everything is forgotten.
func (m *memory) current(ctx context.Context) bool {
	now := time.Since(m.began)
	age := now - time.Duration(m.checked.Load())
	if m.conn.Engine() != db.SQLite || age < checkOthers {
		return true
	}
	if m.checking.TryLock() {
		defer m.checking.Unlock()
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if m.conn.CheckOthers(ctx) == nil {
			m.checked.Store(int64(now))
			return true
		}
	}
	return age < otherWritersAge
}

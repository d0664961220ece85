package main

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/models/session"
	"gatehouse/models/user"
)

// people are the users and sessions that a database is filled with. All is computed from numbers, so that whoever measures
// knows the cookie of each of a million sessions without keeping a list. Numbers count from 0; session n is one of user
// n modulo users.
type people struct {
	users    int
	sessions int
	hashes   []string // of the first users, who log in; the others have the first one's
	from     time.Time
}

// newPeople hashes the passwords of those who log in, each with a salt of its own, on all cores.
func newPeople(users, sessions, members, cost int, now time.Time) (people, error) {
	p := people{users, sessions, make([]string, members), now.UTC().Truncate(time.Second)}
	failed := make([]error, members)
	turns := make(chan int)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for n := range turns {
				hash, err := bcrypt.GenerateFromPassword([]byte(password(n)), cost)
				p.hashes[n], failed[n] = string(hash), err
			}
		})
	}
	for n := range members {
		turns <- n
	}
	close(turns)
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return people{}, err
		}
	}
	return p, nil
}

func email(n int) string    { return fmt.Sprintf("person%07d@example.com", n) }
func password(n int) string { return fmt.Sprintf("correct horse %d", n) }

func (p people) hash(n int) string {
	if n < len(p.hashes) {
		return p.hashes[n]
	}
	return p.hashes[0]
}

// secretOf is the text of the cookie of session n.
func secretOf(n int) session.Secret {
	sum := sha256.Sum256(fmt.Appendf(nil, "bench session %d", n))
	return session.Secret(base64.RawURLEncoding.EncodeToString(sum[:]))
}

func publicID(n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "bench public %d", n))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:26])
}

// user is what GET /api/users/me shows of user n.
func (p people) user(n int) user.User {
	return user.User{ID: int64(n) + 1, Email: email(n), LastLogin: &p.from, Role: "user", State: user.Active, Created: &p.from}
}

type answer struct {
	Success bool      `json:"success"`
	Data    user.User `json:"data"`
}

// shown is the answer to the check of session n.
func (p people) shown(n int) []byte {
	text, err := json.Marshal(answer{true, p.user(n % p.users)})
	if err != nil {
		panic(err) // two texts and numbers
	}
	return text
}

// logins are the requests of everybody who logs in.
func (p people) logins() [][]byte {
	list := make([][]byte, len(p.hashes))
	for n := range list {
		list[n] = signIn(email(n), password(n))
	}
	return list
}

func signIn(address, plain string) []byte {
	body, err := json.Marshal(map[string]string{"email": address, "password": plain})
	if err != nil {
		panic(err) // two texts
	}
	return post("/api/users/login", body)
}

// checks are the requests of the sessions from one number to another.
func checks(from, to int, cookie func(n int) string) [][]byte {
	list := make([][]byte, 0, to-from)
	for n := from; n < to; n++ {
		list = append(list, get("/api/users/me", cookie(n)))
	}
	return list
}

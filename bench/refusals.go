package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db"
)

// refusalConns log in meanwhile: enough for the hash workers to compute several at once, in which differences would show.
const refusalConns = 8

const (
	wrongP50    = "wrong password, p50 ms"
	unknownP50  = "unknown address"
	disabledP50 = "disabled account"
	cheaperP50  = "wrong, of a cheaper hash"
)

// The members whose rows setApart changes.
const (
	disabledMember = iota
	cheaperMember
	ordinaryMember
)

// setApart disables one user and gives another a hash as it was made when hashes were cheaper.
func (l *lab) setApart(ctx context.Context, conn *db.DB) error {
	cheap, err := bcrypt.GenerateFromPassword([]byte(password(cheaperMember)), max(bcrypt.MinCost, l.settings.Cost-2))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "UPDATE users SET state = 0 WHERE email = ?", email(disabledMember))
	if err == nil {
		_, err = conn.Exec(ctx, "UPDATE users SET password = ? WHERE email = ?", string(cheap), email(cheaperMember))
	}
	return err
}

// refusalRound times sign-ins that are refused for different reasons, side by side: whoever watches the time must not learn
// which it was.
func refusalRound(l *lab, _ *contender, add adding) error {
	c, err := l.small("1m", l.setApart)
	if err != nil {
		return err
	}
	return errors.Join(l.refusals(c, add), c.stop())
}

func (l *lab) refusals(c *contender, add adding) error {
	attempts := map[string][]byte{
		wrongP50:    signIn(email(ordinaryMember), "not "+password(ordinaryMember)),
		unknownP50:  signIn("nobody@example.com", password(ordinaryMember)),
		disabledP50: signIn(email(disabledMember), password(disabledMember)),
		cheaperP50:  signIn(email(cheaperMember), "not "+password(cheaperMember)),
	}
	logins, err := begin(c.addr, refusalConns, inTurn(l.people.logins()[ordinaryMember:]))
	if err != nil {
		return err
	}
	time.Sleep(l.queued())
	var mu sync.Mutex
	var running sync.WaitGroup
	end := time.Now().Add(2 * l.settings.Period)
	for figure, request := range attempts {
		running.Go(func() {
			took, failed := refusedUntil(end, c.addr, request)
			mu.Lock()
			defer mu.Unlock()
			if failed != nil {
				err = fmt.Errorf("%s: %w", figure, failed)
				return
			}
			add(figure, ms(quantile(took, 0.5)))
		})
	}
	running.Wait()
	return logins.end(err)
}

// refusedUntil tells how long each attempt took that began before the end; at least one.
func refusedUntil(end time.Time, addr string, request []byte) ([]time.Duration, error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var took []time.Duration
	for len(took) == 0 || time.Now().Before(end) {
		sent := time.Now()
		if _, err := c.want(request, http.StatusUnauthorized); err != nil {
			return nil, err
		}
		took = append(took, time.Since(sent))
	}
	return took, nil
}

package guessed

import (
	"context"
	"crypto/sha1" //nolint:gosec // what the service has are SHA-1 hashes; nothing is protected by it here
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	prefixLen = 5       // hex digits that the service learns; the answer has hundreds of hashes that begin with them
	maxAnswer = 1 << 20 // bytes; a usual answer has 40 kB
	maxConns  = 8       // connections at one time; who would wait longer than the time-out for one goes without
	quietTime = time.Minute
)

// breaches asks a service of leaked passwords in the way of "Pwned Passwords" (https://haveibeenpwned.com/API/v3): by the
// beginning of a hash, so that it does not learn which one was meant (k-anonymity).
type breaches struct {
	url     string
	timeout time.Duration
	client  *http.Client
	log     *slog.Logger

	mu     sync.Mutex
	warned time.Time
}

// newBreaches follows no redirect, which could lead to where nothing is encrypted, and keeps no connection open. It goes by way of
// the proxy that the environment names in HTTPS_PROXY, as Go's programs do.
func newBreaches(address string, log *slog.Logger) *breaches {
	return &breaches{url: address, timeout: time.Second, log: log, client: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: maxConns, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// hold tells whether the service has this password. Without an answer it has not, and the log says so.
func (b *breaches) hold(ctx context.Context, plain string, now time.Time) bool {
	found, err := b.find(ctx, plain)
	if err != nil && ctx.Err() == nil { // else the visitor has gone
		b.warn(err, now)
	}
	return found
}

func (b *breaches) find(ctx context.Context, plain string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	sum := sha1.Sum([]byte(plain)) //nolint:gosec // see the import
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	answer, err := b.ask(ctx, digits[:prefixLen])
	if err != nil {
		return false, err
	}
	return counts(answer, digits[prefixLen:])
}

// ask has the answer padded, so that its length does not tell an onlooker the prefix.
func (b *breaches) ask(ctx context.Context, prefix string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+prefix, http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Add-Padding", "true")
	req.Header.Set("User-Agent", "gatehouse")
	res, err := b.client.Do(req)
	if err != nil {
		return "", withoutURL(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the status is %d", res.StatusCode)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	if len(answer) > maxAnswer {
		return "", fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return string(answer), nil
}

// withoutURL keeps the digits of a password's hash out of the log.
func withoutURL(err error) error {
	if full := (*url.Error)(nil); errors.As(err, &full) {
		return full.Err
	}
	return err
}

// warn tells the operator, once a minute at most.
func (b *breaches) warn(err error, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.warned.IsZero() && now.Sub(b.warned) < quietTime {
		return
	}
	b.warned = now
	b.log.Warn("leaked passwords could not be looked up; new passwords are compared with the built-in list alone", "cause", err.Error())
}

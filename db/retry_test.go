package db

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

func TestEachRetryOfAStatementIsCounted(t *testing.T) {
	d := &DB{timeout: time.Minute}
	deadlock := &mysql.MySQLError{Number: 1213}
	left := []error{deadlock, deadlock, nil}
	err := d.retry(t.Context(), func(context.Context) error {
		next := left[0]
		left = left[1:]
		return next
	})
	if n := d.Retries(); err != nil || n != 2 {
		t.Errorf("%d retries, %v, want 2", n, err)
	}
	stop := errors.New("stop")
	if err := d.retry(t.Context(), func(context.Context) error { return stop }); !errors.Is(err, stop) || d.Retries() != 2 {
		t.Errorf("%d retries after one that is not tried again, %v", d.Retries(), err)
	}
}

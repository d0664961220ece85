package token

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func add(t *testing.T, b Blacklist, jti string, expires time.Time) {
	t.Helper()
	if err := b.Add(t.Context(), Claims{ID: jti, Expires: expires.Unix()}); err != nil {
		t.Fatal(err)
	}
}

// isListed asks as the queries that use NotBlacklisted do.
func isListed(t *testing.T, q db.Querier, jti string) bool {
	t.Helper()
	var free bool
	err := q.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&free) }, "SELECT CASE WHEN "+NotBlacklisted+" THEN 1 ELSE 0 END", jti)
	if err != nil {
		t.Fatal(err)
	}
	return !free
}

func TestASignedOutTokenIsListedToTheByte(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		b := BlacklistIn(conn.DB)
		add(t, b, "abcdef", noon)
		add(t, b, "abcdef", noon)
		add(t, b, "abcdef", later) // by whoever signs out once more
		if !isListed(t, conn.DB, "abcdef") {
			t.Error("the token is not listed")
		}
		for _, other := range []string{"ABCDEF", "Abcdef", "abcdef ", " abcdef", "abcde", "abcdef\x00", "abcdéf", "abc%", ""} {
			if isListed(t, conn.DB, other) {
				t.Errorf("%q is listed", other)
			}
		}
		add(t, b, "ABCDEF", noon) // another token, and no duplicate
		if !isListed(t, conn.DB, "ABCDEF") {
			t.Error("the token in upper case is not listed")
		}
	})
}

func TestABlacklistIsUndoneWithItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		add(t, BlacklistIn(conn.DB), "first", noon)
		failed := fmt.Errorf("another statement failed")
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			add(t, BlacklistIn(tx), "first", noon) // a duplicate does not break the transaction
			add(t, BlacklistIn(tx), "second", noon)
			return failed
		})
		if err != failed || isListed(t, conn.DB, "second") {
			t.Errorf("%v, and the token is listed", err)
		}
		err = conn.WithTx(t.Context(), func(tx *db.Tx) error {
			add(t, BlacklistIn(tx), "first", noon)
			add(t, BlacklistIn(tx), "second", noon)
			return nil
		})
		if err != nil || !isListed(t, conn.DB, "second") {
			t.Errorf("%v, and the token is not listed", err)
		}
	})
}

func TestCleanTakesExpiredTokensOffInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		b := BlacklistIn(conn.DB)
		for i := range 10 {
			add(t, b, fmt.Sprint("expired ", i), noon.Add(time.Duration(-i)*time.Second)) // the first expires just now
		}
		add(t, b, "valid", noon.Add(time.Second))
		add(t, b, "long valid", later)
		for _, want := range []uint64{8, 1} { // four portions, each read and deleted; then there is nothing to do
			before := conn.Statements()
			if err := b.Clean(t.Context(), 3, noon); err != nil {
				t.Fatal(err)
			}
			if sent := conn.Statements() - before; sent != want {
				t.Errorf("%d statements, want %d", sent, want)
			}
			var left int
			if err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&left) }, "SELECT COUNT(*) FROM blacklist"); err != nil || left != 2 {
				t.Errorf("%d are left, %v, want 2", left, err)
			}
		}
		if !isListed(t, conn.DB, "valid") || !isListed(t, conn.DB, "long valid") {
			t.Error("a token was taken off before it expired")
		}
	})
}

func TestCleanOfAFullPortionGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		b := BlacklistIn(conn.DB)
		for i := range 6 {
			add(t, b, fmt.Sprint(i), noon)
		}
		if err := b.Clean(t.Context(), 3, noon.Add(-time.Millisecond)); err != nil || !isListed(t, conn.DB, "0") {
			t.Errorf("%v, and a token was taken off a millisecond before it expired", err)
		}
		if err := b.Clean(t.Context(), 3, noon); err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			if isListed(t, conn.DB, fmt.Sprint(i)) {
				t.Errorf("token %d is still listed", i)
			}
		}
	})
}

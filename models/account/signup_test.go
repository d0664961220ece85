package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

func TestASignUpDoesNotWaitForEverForTheLookOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(&db.DB{}, nil, nil, secret.Marks{}, Rules{})
		a.scanning <- struct{}{}
		if err := a.checkUnkeyed(context.Background(), user.Email{}); !errors.Is(err, password.ErrOverloaded) {
			t.Errorf("%v, want ErrOverloaded", err)
		}
	})
}

func TestSignUpsDoNotWaitForEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() == db.SQLite {
			return // has one writer
		}
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		_, err := a.signUp(ctx, Application{Email: "ann@example.com", Password: "correct horse"}, Visitor{}, true, now, func(tx *db.Tx, u user.User) error {
			if _, err := a.SignUp(ctx, Application{Email: "ben@example.com", Password: "correct horse"}, Visitor{}, now); err != nil {
				return err
			}
			_, err := a.begin(ctx, tx, u, false, Visitor{}, now)
			return err
		})
		if err != nil {
			t.Errorf("while another signed up: %v", err)
		}
	})
}

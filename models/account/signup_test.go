package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

func TestASignUpDoesNotWaitForEverForTheLookOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(nil, nil, nil, secret.Marks{}, Rules{})
		a.scanning <- struct{}{}
		if err := a.checkUnkeyed(context.Background(), user.Email{}); !errors.Is(err, password.ErrOverloaded) {
			t.Errorf("%v, want ErrOverloaded", err)
		}
	})
}

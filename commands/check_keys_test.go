package commands_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckSeesTheSigningKeys(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		run(t, s.env, "check").want(0, "would make a key to sign tokens with")
		_, stop := serve(t, s.env)
		stop()
		kid, _, _ := strings.Cut(strings.SplitAfter(run(t, s.env, "keys", "list").want(0).stdout, "\n")[1], " ")
		run(t, s.env, "check").want(0, "tokens are signed with ES256, by the key "+kid+"; keys in all: 1")

		shared := filepath.Join(t.TempDir(), "shared")
		run(t, nil, "secret", "new", shared).want(0)
		run(t, s.with("GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+shared), "check").want(0, "tokens are signed with --jwt-secret (HS256)")
		if err := os.Chmod(shared, 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, s.with("GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+shared), "check").want(0, "others than its owner may read "+shared)

		execute(t, databaseURL, "UPDATE signing_keys SET sealed = 'damaged'")
		run(t, s.env, "check").want(1, "FAIL", "a signing key cannot be read with this secret: "+kid)
		run(t, s.env).want(1, "a signing key cannot be read with this secret: "+kid, "add the secret")
		run(t, s.env, "keys", "list").want(1, "a signing key cannot be read")
		run(t, s.env, "keys", "rotate").want(1, "a signing key cannot be read")
	})
}

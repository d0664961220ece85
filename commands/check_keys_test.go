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
		run(t, nil, "secrets", "new", shared).want(0)
		run(t, s.with("GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+shared), "check").want(0, "tokens are signed with --jwt-secret (HS256)")
		if err := os.Chmod(shared, 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, s.with("GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+shared), "check").want(0, "others than its owner may read "+shared)

		// The server's own secret, though the settings name only its file.
		own := s.with("GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+s.secret)
		run(t, own, "check").want(1, "FAIL", "the server's own secret")
		run(t, own).want(2, "the server's own secret")

		execute(t, databaseURL, "UPDATE signing_keys SET sealed = 'damaged'")
		run(t, s.env, "check").want(1, "FAIL", "a signing key cannot be read with this secret: "+kid)
		run(t, s.env).want(1, "a signing key cannot be read with this secret: "+kid, "add the secret")
		run(t, s.env, "keys", "list").want(1, "a signing key cannot be read")
		run(t, s.env, "keys", "rotate").want(1, "a signing key cannot be read")
	})
}

// The secret that the server made itself is not in its settings, and must not become that of other programs either.
func TestTheServersOwnSecretIsNotShared(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4"}
	_, stop := serve(t, env)
	stop()
	env = append(env, "GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+filepath.Join(dir, "secret"))
	run(t, env, "check").want(1, "FAIL", "--jwt-secret is the server's own secret")
	run(t, env).want(1, "--jwt-secret is the server's own secret")
}

package password

import (
	"strings"
	"testing"
)

func TestNameTellsHowATextIsKept(t *testing.T) {
	const (
		bcrypt = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
		argon  = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$QUJDREVGR0hJSktMTU5PUA"
	)
	crypt := "$6$saltsalt$" + strings.Repeat("a", 86)
	for text, want := range map[string]string{
		"":                       "none",
		" ":                      "plain text",
		"correct horse":          "plain text",
		strings.Repeat("0a", 16): "MD5 or SHA in hex, or plain text",
		strings.Repeat("0a", 20): "MD5 or SHA in hex, or plain text",
		bcrypt:                   "bcrypt",
		"{BLF-CRYPT}" + bcrypt:   "bcrypt as another program writes it",
		bcrypt[:30]:              "unknown or damaged hash",
		argon:                    "argon2id",
		"argon2" + argon:         "argon2id as another program writes it",
		crypt:                    "SHA-crypt",
		wrappedPrefix + "md5,p=before$$" + bcrypt:             "wrapped MD5",
		wrappedPrefix + "sha512,p=after$$" + bcrypt:           "wrapped SHA-512",
		wrappedPrefix + "sha1,p=before$$" + bcrypt:            "wrapped SHA-1",
		"pbkdf2:sha256:1000$salt$" + strings.Repeat("0a", 32): "PBKDF2 as another program writes it",
		"{SSHA}" + strings.Repeat("Az", 16):                   "unknown or damaged hash",
	} {
		if got := Name(text); got != want {
			t.Errorf("Name(%q) = %q, want %q", text, got, want)
		}
	}
}

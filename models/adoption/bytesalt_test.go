package adoption

import (
	"testing"

	"gatehouse/models/password"
)

// A salt of bytes that are no text is still the salt.
func TestASaltOfBytesIsTakenAsItIs(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.exec("ALTER TABLE users ADD COLUMN salt VARBINARY(20) NULL")
		for i, salt := range []string{"\xff\xfe\x00\x01", "\x00", "ab\x80"} {
			o.exec("DELETE FROM users")
			o.add("ann@example.com", md5Of(salt+"correct horse"))
			o.exec("UPDATE users SET salt = ?", []byte(salt))
			o.adopt(Plan{Weak: password.MD5, SaltColumn: "salt"})
			if !o.lets("ann@example.com", "correct horse") {
				t.Errorf("%d: refused with the salt %q; own hash %s", i, salt, o.rows()[0].OwnHash)
			}
		}
	})
}

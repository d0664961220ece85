package password

import (
	"slices"
	"strings"
	"testing"
)

const (
	md5Hex   = "5f4dcc3b5aa765d61d8327deb882cf99"
	shortest = 16 // characters that are left of a hash; less may be a password
)

// Hashes that this package does not know, as real programs stored them.
var unknownLooks = []struct{ name, text string }{
	{"MySQL", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"},
	{"MySQL before 4.1", "5d2e19393cc5ef67"},
	{"Joomla", md5Hex + ":aXkTpZ2mP8sQ1wErTyUiOpAsDfGhJkLz"},
	{"osCommerce", md5Hex + ":4f"},
	{"Magento", md5Hex + md5Hex + ":Xy7Lm2Qp9sD4fGhJ:1"},
	{"salt in front", "x9$k:" + md5Hex},
	{"Node's scrypt", strings.Repeat(md5Hex, 4) + ".a1b2c3d4e5f60718"},
	{"md5 by name", "md5:x9k2"},
	{"Django SHA-1", "sha1$XVyDeYlRmp7SBimdlh0DH9$365523db5bc1efc21e835a06a960bfdeda0110d9"},
	{"Django MD5", "md5$Jpa1tKVRCbuwEmvGbNPq0C$5fc15b712f92e2774a3753d7249ecd37"},
	{"Django unsalted SHA-1", "sha1$$23b74494475f5f874980b7676d511e23d886da64"},
	{"Django bcrypt_sha256", "bcrypt_sha256$$2b$04$iNIU4Ba81yol.73i.l0EU.GPIqeXFDvxHoUISb9vG8dnoY.a2pTXK"},
	{"Django crypt", "crypt$$aBrEK1ecacw.7"},
	{"Django without password", "!nu7r2lPmMj0ugTWilRCO0pG2UJryGoP9tgWb7YtC"},
	{"Werkzeug without rounds", "pbkdf2:sha256$fxb0OFYV$6b0f2596fbe1b20d86f10db7a4a3e88ef286861e9b1262658560aa29461e9123"},
	{"Werkzeug plain", "plain$$secret"},
	{"web2py", "pbkdf2(1000,20,sha512)$b6ac4b2e$9d3f"},
	{"CrackStation", "sha256:1000:JDd1gPYTmvJ6R9pzqYd9BQ==:c2VjcmV0c2VjcmV0c2VjcmV0"},
	{"WordPress", "$P$BnGR9cB4Kb0rPZ6bMPDK4S5EgZV3uC."},
	{"WordPress and a line break", "$P$BnGR9cB4Kb0rPZ6bMPDK4S5EgZV3uC.\n"},
	{"WordPress 6.8", "$wp$2y$10$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"},
	{"phpBB", "$H$9nGR9cB4Kb0rPZ6bMPDK4S5EgZV3uC."},
	{"Drupal 7", "$S$D5z1Gx8bWq9e0rT7yU6iO5pA4sD3fG2hJ1kL0zX9cV8bN7mQ6wE5"},
	{"Drupal from 6", "U$S$D5z1Gx8bWq9e0rT7yU6iO5pA4sD3fG2hJ1kL0zX9cV8bN7mQ6wE5"},
	{"md5crypt", "$1$abcd$M8bPUiPSy1aJkwPcPWYVX0"},
	{"Apache", "$apr1$abcd$NLw/IRgjEiY5X5tz3PKbx/"},
	{"yescrypt", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"},
	{"Solaris MD5", "$md5,rounds=904$iPPKEBnEkp3JV8uX$0L6m7rOFTVFn.SGqo2M9W1"},
	{"bcrypt, too dear", "$2a$17$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"},
	{"bcrypt, old bug", "$2x$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"},
	{"bcrypt, first version", "$2$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"},
	{"bcrypt, 50 characters", "$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2"},
	{"bcrypt and a line break", bcryptVectors[0].hash + "\r\n"},
	{"bcrypt as Python prints it", "b'" + bcryptVectors[0].hash + "'"},
	{"bcrypt in quotes", `"` + bcryptVectors[0].hash + `"`},
	{"bcrypt of a locked account", "!" + bcryptVectors[0].hash},
	{"SHA-512 crypt of a locked account", "!!" + foreignVectors[10].hash},
	{"argon2d", unknownForeign[0]},
	{"LDAP salted SHA", "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3"},
	{"LDAP SHA", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="},
	{"LDAP SHA-512", "{SSHA512}c2VjcmV0"},
	{"LDAP MD5", "{MD5}X03MO1qnZdYdgyfeuILPmQ=="},
	{"LDAP DES crypt", "{CRYPT}rEK1ecacw.7.c"},
	{"389 Directory Server", "{PBKDF2_SHA256}AAAnEMbKXwpx"},
	{"Atlassian", "{PKCS5S2}8cjkuyGsNfkP5ytaqmvIqLzhrpLBgdAUsrHZ"},
	{"Spring, not hashed", "{noop}secret"},
	{"Spring PBKDF2", "{pbkdf2@SpringSecurity_v5_8}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6"},
	{"Dovecot, not hashed", "{PLAIN}secret"},
	{"ASP.NET Identity", "AQAAAAEAACcQAAAAEKfFSc8nQLgP2Yl9y0CmWv1dXb3rH7tZ5uJ6oR4sE8wM2nB1vT0xQzKjLhGfDsApOw=="},
	{"SHA-256 in base64 beside a salt", "randomsalt:K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="},
	{"the same, without its filling", "randomsalt:K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols"},
	{"SHA-256 in base64, without its filling", "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols"},
	{".NET's PBKDF2", "10000.aGVsbG8gd29ybGQhMTIzNA==.K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="},
	{"two in base64 with a bar", "QUJDREVGR0hJSktMTU5PUDE=|K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="},
	{"two in base64, one after the other", "dGhpc2lzYXNhbHQxMjM0NQ==K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="},
	{"JSON", `{"hash":"K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=","salt":"x"}`},
	{"PostgreSQL's MD5", "md5" + md5Hex},
	{"PostgreSQL's SCRAM", "SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5"},
	{"SHA-384 in base64", "OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"},
	{"MD5 in base64", "X03MO1qnZdYdgyfeuILPmQ=="},
	{"SHA-1 in base64", "W6ph5Mm5Pz8GgiULbPgzG37mj9g="},
	{"MD5 and a line break", md5Hex + "\n"},
	{"MD5 in blanks", "  " + md5Hex + "    "},
	{"MD5, cut off", md5Hex[:20]},
	{"MD5 as SQL writes bytes", "0x" + md5Hex},
	{"MD5 as PostgreSQL writes bytes", `\x` + md5Hex},
	{"MD5 in bytes", "\x5f\x4d\xcc\x3b\x5a\xa7\x65\xd6\x1d\x83\x27\xde\xb8\x82\xcf\x99"},
	{"SHA-224", md5Hex + md5Hex[:24]},
	{"SHA-384", md5Hex + md5Hex + md5Hex},
	{"crypt that failed", "*0"},
	{"crypt that failed on such a salt", "*1"},
	{"locked", "!"},
	{"locked twice", "!!"},
	{"no sign-in", "*"},
}

var plainLooks = []string{
	"secret", "P@ssw0rd!", "pässword", "пароль", "密码", " ", "   ", " secret ", "correct horse battery staple",
	"$", "$$", "$ecret", "$money$", "$1$", "$1$2$3", "$6$pack", "$5$ is not much", "$2a$", "$2.50", "$P$", "$HOME$PATH",
	"{", "{}", "{}x", "{hello}world", "{x", "{secret}", "{md5}", "{abc}123",
	"***", "*star*", "*secret", "!secret", "!important!", "!!!", "b'secret'", `"secret"`, "'",
	"md5", "sha1", "sha256", "bcrypt", "pbkdf2", "crypt$tal", "plain", "Sha$hank1", "md5sum", "scrypt!", "hash:secret",
	"deadbeef", "cafe1234", "abcdef123456789", "1234567890123456", "123456789012345678901234567890", "0xdeadbeef",
	"iloveyou12345", "rEK1ecacw.7.c", "user:password", "2024-12-31:secret", "a=b", "aGVsbG8=", "c2VjcmV0IHBhc3M=",
	"correcthorsebatterystaple=", "ThisIsMyVeryLongPassword2024ForTheShop", "ThisIsMyVeryLongPassword2024ForTheShop99", strings.Repeat("a1", 100)[:100] + "z",
	"1f0c9a1e-7d54-4a4e-9f6b-1c2d3e4f5a6b",
}

func TestHashIsNeverTakenForPlainText(t *testing.T) {
	for _, tt := range unknownLooks {
		if got := LookOf(tt.text); got != LooksUnknownHash {
			t.Errorf("LookOf(%q), %s = %q, want %q", tt.text, tt.name, got, LooksUnknownHash)
		}
	}
	for _, text := range slices.Concat(unknownHashes, unknownForeign, unknownSpellings) {
		if len(text) < shortest {
			continue
		}
		if got := LookOf(text); got != LooksUnknownHash && got != LooksHex {
			t.Errorf("LookOf(%q) = %q, want %q", text, got, LooksUnknownHash)
		}
	}
}

func TestPasswordWithoutTheShapeOfAHashIsPlainText(t *testing.T) {
	for _, text := range plainLooks {
		if got := LookOf(text); got != LooksPlain {
			t.Errorf("LookOf(%q) = %q, want %q", text, got, LooksPlain)
		}
	}
}

func TestCutOffHashIsNeverTakenForPlainText(t *testing.T) {
	texts := append(knownHashes(), md5Hex, "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
		"$P$BnGR9cB4Kb0rPZ6bMPDK4S5EgZV3uC.", "$1$abcd$M8bPUiPSy1aJkwPcPWYVX0", "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3",
		md5Hex+":aXkTpZ2mP8sQ1wErTyUiOpAsDfGhJkLz", "sha1$XVyDeYlRmp7SBimdlh0DH9$365523db5bc1efc21e835a06a960bfdeda0110d9")
	for _, v := range spellings {
		texts = append(texts, v.text)
	}
	for _, text := range texts {
		for n := shortest; n < len(text); n++ {
			if got := LookOf(text[:n]); got == LooksPlain {
				t.Errorf("LookOf(%q) = %q", text[:n], got)
			}
		}
	}
}

func TestLookOfKnownHashes(t *testing.T) {
	check := func(text string, want Look) {
		t.Helper()
		if got := LookOf(text); got != want {
			t.Errorf("LookOf(%q) = %q, want %q", text, got, want)
		}
	}
	check("", LooksEmpty)
	for _, v := range append(passlibVectors, bcryptVectors...) {
		check(v.hash, LooksBcrypt)
	}
	for _, v := range foreignVectors {
		check(v.hash, LooksForeign)
	}
	for _, v := range spellings { // bcrypt behind a prefix too
		check(v.text, LooksForeign)
	}
	for _, v := range wrappedVectors {
		check(v.hash, LooksWrapped)
		check(v.digest, LooksHex)
		check(strings.ToUpper(v.digest), LooksHex)
	}
	check(strings.Repeat("1", 32), LooksHex)
}

func TestLookReadsWellInAReport(t *testing.T) {
	seen := map[string]bool{}
	for look := LooksPlain; look <= LooksUnknownHash; look++ {
		text := look.String()
		if text == "" || seen[text] {
			t.Errorf("look %d is called %q, which is empty or another's name", look, text)
		}
		seen[text] = true
	}
	if got := LooksPlain.String(); got != "plain text" {
		t.Errorf("LooksPlain is called %q", got)
	}
}

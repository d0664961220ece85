package password

import (
	"slices"
	"testing"
)

// Made by Django 3.2, Werkzeug 2.2, passlib 1.7.4 and PHP 8.2; those of scrypt,
// and the PHC strings, by Python's hashlib in the spelling that the source of
// Django 5, Werkzeug 3 and the PHC specification give.
var spellings = []struct {
	name, plain, text, stored string
	format                    Format
}{
	{
		"PBKDF2 of Django", umlaut, "pbkdf2_sha256$10$J8Wvnv5nqrxFcC7eyIQEbk$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs=",
		"$pbkdf2-sha256$10$SjhXdm52NW5xcnhGY0M3ZXlJUUViaw$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs", Foreign,
	},
	{
		"PBKDF2 with SHA-1 of Django", umlaut, "pbkdf2_sha1$10$oAH4jBSPztWwXxlhWGNdlq$bhTSdpoqcjZLOunXP7eC44p+NAs=",
		"$pbkdf2-sha1$10$b0FINGpCU1B6dFd3WHhsaFdHTmRscQ$bhTSdpoqcjZLOunXP7eC44p.NAs", Foreign,
	},
	{
		"argon2 of Django", umlaut, "argon2$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
		foreignVectors[0].hash, Foreign,
	},
	{
		"bcrypt of Django", umlaut, "bcrypt$$2b$04$ccYR2xgp7nO3qUFJrz8Z2.qo7XG5s7uGGTnSUyfggv5ZI9Qv5GSyG",
		"$2b$04$ccYR2xgp7nO3qUFJrz8Z2.qo7XG5s7uGGTnSUyfggv5ZI9Qv5GSyG", Bcrypt,
	},
	{
		"scrypt of Django", umlaut, "scrypt$16$aVrqyz0Lt5Xw$8$5$24cgVpcLnmTlu+pvufrZ+/A9cp8e0tqIgFRbyC6lxydU9apeILWnilW2tEeV2dN8nZH4vDZNGV6alFeDf8VVvg==",
		"$scrypt$ln=4,r=8,p=5$YVZycXl6MEx0NVh3$24cgVpcLnmTlu+pvufrZ+/A9cp8e0tqIgFRbyC6lxydU9apeILWnilW2tEeV2dN8nZH4vDZNGV6alFeDf8VVvg", Foreign,
	},
	{
		"PBKDF2 of Werkzeug", umlaut, "pbkdf2:sha256:10$fxb0OFYVUSNPZwoC$6b0f2596fbe1b20d86f10db7a4a3e88ef286861e9b1262658560aa29461e9123",
		"$pbkdf2-sha256$10$ZnhiME9GWVZVU05QWndvQw$aw8llvvhsg2G8Q23pKPojvKGhh6bEmJlhWCqKUYekSM", Foreign,
	},
	{
		"PBKDF2 with SHA-1 of Werkzeug", umlaut, "pbkdf2:sha1:10$47koIwYXSfUTNAU4$7f8e94ee5e7cf77abcffb9666fefc700a66c2989",
		"$pbkdf2-sha1$10$NDdrb0l3WVhTZlVUTkFVNA$f46U7l5893q8/7lmb./HAKZsKYk", Foreign,
	},
	{
		"PBKDF2 with SHA-512 of Werkzeug", umlaut, "pbkdf2:sha512:10$C1AY7HfFNwXLOaqo$37cd0d16b3e5c7bc4982321d915bcbaf0d80ef051ee72105bba42dadb53b6f434c70022ebde799237ac0de589458635cc4f5d4fbebc60bd6eb16a0cd113a7c37",
		"", Foreign,
	},
	{
		"scrypt of Werkzeug", umlaut, "scrypt:16:8:1$Xb1Zz8fKq0LmNw2P$7a3ec1c70f91456861d259e91cbfc28de455cae1a40258984bf2dff93c573d5243afba3f7850b0a8ed8b4461eee90bc38fd2173657bc5459c2ba34552599f295",
		"", Foreign,
	},
	{
		"PHC with SHA-512", umlaut, "$pbkdf2-sha512$i=10$//777//+++///vvv//777w$9R2RdF2TlzvQzdwyEI8wZLtThahYLerQ1eNiiXFhD3weD6GYrYANoalY1htbzsfKvOZFNGdeDUyk0hg3K7fpxA",
		"$pbkdf2-sha512$10$//777//...///vvv//777w$9R2RdF2TlzvQzdwyEI8wZLtThahYLerQ1eNiiXFhD3weD6GYrYANoalY1htbzsfKvOZFNGdeDUyk0hg3K7fpxA", Foreign,
	},
	{
		"PHC with length", umlaut, "$pbkdf2-sha256$i=10,l=32$//777//+++///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI",
		"$pbkdf2-sha256$10$//777//...///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI", Foreign,
	},
	{
		"PBKDF2 of LDAP by passlib", umlaut, "{PBKDF2-SHA256}10$ujfGWGsNQeg9hzBmzDlHKA$RpzPYNMX801IUVEwfVZirPqMA3obkGf6qSJSy/4k.rY",
		"$pbkdf2-sha256$10$ujfGWGsNQeg9hzBmzDlHKA$RpzPYNMX801IUVEwfVZirPqMA3obkGf6qSJSy/4k.rY", Foreign,
	},
	{"SHA crypt of LDAP", umlaut, "{CRYPT}" + foreignVectors[10].hash, foreignVectors[10].hash, Foreign},
	{"bcrypt of LDAP", bcryptVectors[0].plain, "{crypt}" + bcryptVectors[0].hash, bcryptVectors[0].hash, Bcrypt},
	{"bcrypt of Spring", bcryptVectors[0].plain, "{bcrypt}" + bcryptVectors[0].hash, bcryptVectors[0].hash, Bcrypt},
	{"argon2 of Spring", umlaut, "{argon2@SpringSecurity_v5_8}" + foreignVectors[0].hash, foreignVectors[0].hash, Foreign},
	{"argon2 of OpenLDAP", umlaut, "{ARGON2}" + foreignVectors[2].hash, foreignVectors[2].hash, Foreign},
	{"bcrypt of Dovecot", bcryptVectors[3].plain, "{BLF-CRYPT}" + bcryptVectors[3].hash, bcryptVectors[3].hash, Bcrypt},
	{"SHA-512 crypt of Dovecot", umlaut, "{SHA512-CRYPT}" + foreignVectors[11].hash, foreignVectors[11].hash, Foreign},
	{"argon2id of Dovecot", umlaut, "{ARGON2ID}" + foreignVectors[1].hash, foreignVectors[1].hash, Foreign},
}

func TestHashesOfOtherProgramsAreRespelled(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	for _, tt := range spellings {
		t.Run(tt.name, func(t *testing.T) {
			stored, ok := Normalize(tt.text)
			if !ok || (tt.stored != "" && stored != tt.stored) {
				t.Fatalf("Normalize(%q) = %q, %v, want %q", tt.text, stored, ok, tt.stored)
			}
			if got := FormatOf(stored); got != tt.format {
				t.Errorf("FormatOf(%q) = %v, want %v", stored, got, tt.format)
			}
			if got := mustVerify(t, p, stored, tt.plain); !got.Match {
				t.Errorf("Verify(%q) does not match", stored)
			}
			if got := mustVerify(t, p, stored, tt.plain+"x"); got.Match {
				t.Errorf("Verify(%q) matches another password", stored)
			}
			checkFormat(t, tt.text, Unknown, 0, false)
			if got := mustVerify(t, p, tt.text, tt.plain); got.Match {
				t.Errorf("Verify(%q) matches without having been normalized", tt.text)
			}
		})
	}
}

func TestKnownHashesAreStoredAsTheyAre(t *testing.T) {
	for _, hash := range knownHashes() {
		if stored, ok := Normalize(hash); !ok || stored != hash {
			t.Errorf("Normalize(%q) = %q, %v, want the same text", hash, stored, ok)
		}
	}
}

// knownHashes is one of each format and more.
func knownHashes() []string {
	var all []string
	for _, v := range append(passlibVectors, bcryptVectors...) {
		all = append(all, v.hash)
	}
	for _, v := range foreignVectors {
		all = append(all, v.hash)
	}
	for _, v := range wrappedVectors {
		all = append(all, v.hash)
	}
	return all
}

// Most rows differ in one place from a spelling that is right.
var unknownSpellings = []string{
	"pbkdf2_sha256$10$J8Wvnv5nqrxFcC7eyIQEbk$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs",
	"pbkdf2_sha256$10$J8Wvnv5nqrxFcC7eyIQEbk$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPU=",
	"pbkdf2_sha256$2000001$J8Wvnv5nqrxFcC7eyIQEbk$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs=",
	"pbkdf2_sha256$10$$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs=",
	"pbkdf2_sha256$10$J8Wvnv5nqrxFcC7eyIQEbk$",
	"pbkdf2_sha256$10$J8Wvnv5nqrxFcC7eyIQEbk",
	"pbkdf2_sha256$10$J8Wvnv5nqrxFcC7eyIQEbk$x$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs=",
	"pbkdf2_md5$10$J8Wvnv5nqrxFcC7eyIQEbk$ps1ZIY5O8aYc9ZR7qdsLpbywyRuz29MwYf1OCDoMPUs=",
	"bcrypt_sha256$$2b$04$iNIU4Ba81yol.73i.l0EU.GPIqeXFDvxHoUISb9vG8dnoY.a2pTXK",
	"bcrypt$2b$04$ccYR2xgp7nO3qUFJrz8Z2.qo7XG5s7uGGTnSUyfggv5ZI9Qv5GSyG",
	"bcrypt$$2b$04$ccYR2xgp7nO3qUFJrz8Z2.qo7XG5s7uGGTnSUyfggv5ZI9Qv5GSy",
	"argon2$argon2d$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"argon2$5$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"scrypt$24$aVrqyz0Lt5Xw$8$5$24cgVpcLnmTlu+pvufrZ+/A9cp8e0tqIgFRbyC6lxydU9apeILWnilW2tEeV2dN8nZH4vDZNGV6alFeDf8VVvg==",
	"scrypt$1$aVrqyz0Lt5Xw$8$5$24cgVpcLnmTlu+pvufrZ+/A9cp8e0tqIgFRbyC6lxydU9apeILWnilW2tEeV2dN8nZH4vDZNGV6alFeDf8VVvg==",
	"scrypt$16$aVrqyz0Lt5Xw$8$24cgVpcLnmTlu+pvufrZ+/A9cp8e0tqIgFRbyC6lxydU9apeILWnilW2tEeV2dN8nZH4vDZNGV6alFeDf8VVvg==",
	"sha1$XVyDeYlRmp7SBimdlh0DH9$365523db5bc1efc21e835a06a960bfdeda0110d9",
	"md5$Jpa1tKVRCbuwEmvGbNPq0C$5fc15b712f92e2774a3753d7249ecd37",
	"pbkdf2:sha256$fxb0OFYVUSNPZwoC$6b0f2596fbe1b20d86f10db7a4a3e88ef286861e9b1262658560aa29461e9123",
	"pbkdf2:sha256:10:1$fxb0OFYVUSNPZwoC$6b0f2596fbe1b20d86f10db7a4a3e88ef286861e9b1262658560aa29461e9123",
	"pbkdf2:sha256:10$fxb0OFYVUSNPZwoC$6b0f2596fbe1b20d86f10db7a4a3e88ef286861e9b1262658560aa29461e912",
	"pbkdf2:sha256:10$fxb0OFYVUSNPZwoC$6b0f2596fbe1b20d86f10db7a4a3e88ef286861e9b1262658560aa29461e9123$",
	"pbkdf2:md5:10$fxb0OFYVUSNPZwoC$6b0f2596fbe1b20d86f10db7a4a3e88e",
	"scrypt:32768:8$Xb1Zz8fKq0LmNw2P$7a3ec1c70f91456861d259e91cbfc28de455cae1a40258984bf2dff93c573d52",
	"scrypt:262144:8:1$Xb1Zz8fKq0LmNw2P$7a3ec1c70f91456861d259e91cbfc28de455cae1a40258984bf2dff93c573d52",
	"plain$$secret",
	"sha256$9mLFXvxBaA7TqAUo$44d40c0583df746f5d94f2c4fd39983672f07abb61cdfc5bfbee8c52969e5921",
	"$pbkdf2-sha256$i=10,l=31$//777//+++///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI",
	"$pbkdf2-sha256$i=10,l=$//777//+++///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI",
	"$pbkdf2-sha256$i=10$//777//...///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI",
	"{PBKDF2-SHA256}10$ujfGWGsNQeg9hzBmzDlHKA$",
	"{PBKDF2}f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5f0e1d2c3b4a5",
	"{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3",
	"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
	"{CRYPT}$1$abcd$M8bPUiPSy1aJkwPcPWYVX0",
	"{CRYPT}rEK1ecacw.7.c",
	"{BCRYPT}" + "$5$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"{BCRYPT}{BCRYPT}$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"{CRYPT}{CRYPT}$5$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"{BCRYPT $2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"{x}$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"{noop}secret",
	"5f4dcc3b5aa765d61d8327deb882cf99",
	"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
}

func TestOtherTextsAreNotNormalized(t *testing.T) {
	for _, text := range slices.Concat(unknownSpellings, unknownForeign, unknownHashes, plainLooks, []string{"", "{", "$", "scrypt:", "scrypt$", "{}"}) {
		if stored, ok := Normalize(text); ok || stored != "" {
			t.Errorf("Normalize(%q) = %q, %v, want none", text, stored, ok)
		}
	}
}

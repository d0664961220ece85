package tests

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// carry writes a file as JSON lines.
func (n *newcomer) carry(name string, people ...map[string]any) {
	n.t.Helper()
	var lines strings.Builder
	for _, p := range people {
		if err := json.NewEncoder(&lines).Encode(p); err != nil {
			n.t.Fatal(err)
		}
	}
	writeFile(n.t, filepath.Join(n.dir, name), lines.String())
}

// install puts a program of our own onto the path.
func (n *newcomer) install(name, script string) {
	n.t.Helper()
	writeFile(n.t, filepath.Join(n.dir, name), "#!/bin/sh\n"+script)
	n.run("chmod +x " + name)
	n.env[0] = strings.Replace(n.env[0], "PATH=", "PATH="+n.dir+":", 1)
}

func TestUsersOfTheJWTServerMoveInAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newNewcomer(t, databaseURL).ready()
		id := func(s string) map[string]any { return map[string]any{"$oid": "65a1b2c3d4e5f60718293a4" + s} }
		hash := hashOf(t, "$2b$")
		const hostile = "'); DROP TABLE users; -- \\' \\\\ \" ` % _ \u2028 日本 🙂 \\"
		people := []map[string]any{
			{"_id": id("b"), "email": "ann@example.com", "password": hash, "__v": 0},
			{"_id": id("c"), "email": "O'Brien@example.com", "password": hash, "name": hostile, "role": "admin", "__v": 0},
			{"_id": id("d"), "email": "off@example.com", "password": hash, "state": map[string]any{"$numberInt": "0"}},
		}
		n.carry("mongo.json", people...)
		n.install("mongoexport", `[ "$1 $3 $4" = "--uri --collection users" ] && [ "$5" = --out ] && cp mongo.json "$6"`)
		commands := n.block("## From the JWT server on Node and MongoDB", "gatehouse migrate up")
		if !strings.Contains(strings.ReplaceAll(example(t, "docs/moving-from-node.md"), "\n    ", "\n"), commands) {
			t.Errorf("docs/moving-from-node.md does not tell %s", commands)
		}
		n.run(commands)
		s := n.serve()
		for _, email := range []string{"ann@example.com", "o'brien@example.com"} {
			tokensFor(t, s, email)
			s.lets(oldUser{0, email, password}, true)
		}
		s.lets(oldUser{0, "off@example.com", password}, false)
		if got, want := rowsOf(t, n.conn, 2, "SELECT name, gh_admin FROM users WHERE role = 'admin'"), fmt.Sprintf("%q NULL", hostile); len(got) != 1 || got[0] != want {
			t.Errorf("the admin of the old server is %s, want %s", got, want)
		}
		ann := s.change(oldUser{1, "ann@example.com", password}, "changed at Gatehouse")

		n.carry("mongo.json", append(people, map[string]any{"_id": id("e"), "email": "new@example.com", "password": hash})...)
		for _, command := range slices.Collect(strings.Lines(commands))[1:] {
			n.run(command)
		}
		s.lets(oldUser{4, "new@example.com", password}, true)
		s.lets(ann, true)
	})
}

func TestFilesOfServicesAreReadAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newNewcomer(t, databaseURL).ready()
		n.run("gatehouse migrate up")
		n.carry("auth0.json", map[string]any{
			"_id": map[string]any{"$oid": "5dea9f9c82dd7c0e76e4ec93"}, "email_verified": true, "email": "auth0@example.com", "passwordHash": hashOf(t, "$2b$"),
			"password_set_date": map[string]any{"$date": "2019-12-06T18:36:12.412Z"}, "tenant": "t", "connection": "c", "_tmp_is_unique": true,
		})
		auth0 := regexp.MustCompile("`(gatehouse users import [^`]* auth0.json)`").FindStringSubmatch(n.page)
		if auth0 == nil {
			t.Fatal("docs/moving-in.md has no command for Auth0 any more")
		}
		n.run(auth0[1])
		n.carry("supabase.json", map[string]any{
			"id": "0c1ab9a5-3b2c-4f0e-8a53-1d1c52f0e5aa", "email": "supabase@example.com", "password": hashOf(t, "$2a$"),
			"emailVerified": "2023-01-01T00:00:00.123456+00:00", "created": "2023-01-01T00:00:00.123456+00:00",
		})
		n.carry("django.json", map[string]any{
			"id": 11, "email": "django@example.com", "password": djangoHash(t), "is_active": 1,
			"lastLogin": "2024-05-06 07:08:09.123456", "created": "2023-01-02 03:04:05",
		}, map[string]any{"id": 12, "email": "inactive@example.com", "password": djangoHash(t), "is_active": 0, "lastLogin": nil, "created": "2023-01-02 03:04:05"})
		n.carry("keycloak.json",
			map[string]any{"email": "keycloak@example.com", "password": keycloakHash(t, "sha256", 64)},
			map[string]any{"email": "keycloak512@example.com", "password": keycloakHash(t, "sha512", 64)})
		writeFile(t, filepath.Join(n.dir, "users.csv"), "id,email,password,name\n31,csv@example.com,"+hashOf(t, "$2y$")+",\"Sí, \"\"ja\"\"\"\n")
		n.run(n.block("## From a file", "gatehouse users import --dry-run users.csv"))
		if !strings.Contains(n.page, "--map state=is_active") {
			t.Error("docs/moving-in.md does not tell how to map is_active")
		}
		n.run("gatehouse users import supabase.json && gatehouse users import --map state=is_active django.json && gatehouse users import keycloak.json")
		wantRows(t, "verified", rowsOf(t, n.conn, 1, "SELECT email FROM users WHERE gh_email_verified > 0 ORDER BY id"), []string{`"auth0@example.com"`, `"supabase@example.com"`})
		s := n.serve()
		for _, name := range []string{"auth0", "supabase", "django", "keycloak", "keycloak512", "csv"} {
			s.lets(oldUser{0, name + "@example.com", password}, true)
		}
		s.lets(oldUser{12, "inactive@example.com", password}, false)
	})
}

const pbkdf2Rounds = 1000

// djangoHash is one as Django stores it.
func djangoHash(t *testing.T) string {
	t.Helper()
	const salt = "TAWdyXjZhOxy"
	digest, err := pbkdf2.Key(sha256.New, password, []byte(salt), pbkdf2Rounds, 32)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("pbkdf2_sha256$%d$%s$%s", pbkdf2Rounds, salt, base64.StdEncoding.EncodeToString(digest))
}

// keycloakHash is what the page has people make of one of Keycloak's, which has so many bytes.
func keycloakHash(t *testing.T, algorithm string, bytes int) string {
	t.Helper()
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	of, size := sha512.New, 64
	if algorithm == "sha256" {
		of, size = sha256.New, 32
	}
	value, err := pbkdf2.Key(of, password, salt, pbkdf2Rounds, bytes)
	if err != nil {
		t.Fatal(err)
	}
	written := func(b []byte) string {
		return strings.ReplaceAll(strings.TrimRight(base64.StdEncoding.EncodeToString(b), "="), "+", ".")
	}
	return fmt.Sprintf("$pbkdf2-%s$%d$%s$%s", algorithm, pbkdf2Rounds, written(salt), written(value[:size]))
}

// TestHashesAreTakenAndRefusedAsThePageSays tries one of each kind that the page names.
func TestHashesAreTakenAndRefusedAsThePageSays(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, dbtest.EmptyURL(t, db.SQLite)).ready()
	n.run("gatehouse migrate up")
	_, after, _ := strings.Cut(n.page, "Hashes that sign in")
	taken, after, _ := strings.Cut(after, "\nNot: ")
	refused, _, _ := strings.Cut(after, "MD5 and SHA in hex")
	bcrypt, phc, b64 := hashOf(t, "$2b$"), "c29tZXNhbHRzb21lc2FsdA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for text, samples := range map[string]map[string]string{
		taken: {
			"$2a$": hashOf(t, "$2a$"), "$2b$": bcrypt, "$2y$": hashOf(t, "$2y$"),
			"$bcrypt-sha256$": "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
			"$argon2id$":      "$argon2id$v=19$m=65536,t=3,p=4$" + phc + "$" + b64, "$argon2i$": "$argon2i$v=19$m=65536,t=3,p=4$" + phc + "$" + b64,
			"$scrypt$ln=": "$scrypt$ln=14,r=8,p=1$" + phc + "$" + b64, "$pbkdf2$": "$pbkdf2$1000$" + phc + "$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"$pbkdf2-sha256$": "$pbkdf2-sha256$1000$" + phc + "$" + b64, "$pbkdf2-sha512$": "$pbkdf2-sha512$1000$" + phc + "$" + b64,
			"$pbkdf2-sha1$":  "$pbkdf2-sha1$1000$" + phc + "$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"$5$":            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8",
			"$6$":            "$6$saltstring$" + strings.Repeat("a", 86),
			"pbkdf2_sha256$": djangoHash(t), "pbkdf2_sha1$": "pbkdf2_sha1$1000$saltsalt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
			"argon2$": "argon2$argon2id$v=19$m=102400,t=2,p=8$" + phc + "$" + b64, "scrypt$": "scrypt$16384$saltsalt$8$1$" + b64 + "=",
			"bcrypt$": "bcrypt$" + bcrypt, "pbkdf2:": "pbkdf2:sha256:1000$saltsalt$" + strings.Repeat("ab", 32),
			"scrypt:": "scrypt:16384:8:1$saltsalt$" + strings.Repeat("ab", 64), "{CRYPT}": "{CRYPT}" + bcrypt, "{BLF-CRYPT}": "{BLF-CRYPT}" + bcrypt,
			"{SHA512-CRYPT}": "{SHA512-CRYPT}$6$saltstring$" + strings.Repeat("a", 86),
			"{ARGON2ID}":     "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=4$" + phc + "$" + b64, "{bcrypt}": "{bcrypt}" + bcrypt,
		},
		refused: {
			"$1$": "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$apr1$": "$apr1$saltsalt$IWDqoDvlLSqDNkzBcWQhu.", "$P$": "$P$984478476IagS59wHZvyQMArzfx58u.",
			"$H$": "$H$984478476IagS59wHZvyQMArzfx58u.", "$S$": "$S$DT9Y1ZZf1z4VVCJYkBzpTCQ0zVVVTUQ0zVVVTUQ0zVVVTUQ0zVVV",
			"$wp$": "$wp$2y$10$" + strings.Repeat("a", 53), "$y$": "$y$j9T$saltsalt$" + strings.Repeat("a", 43), "{SSHA}": "{SSHA}" + strings.Repeat("a", 38) + "==",
			"sha1$": "sha1$saltsalt$" + strings.Repeat("ab", 20), "bcrypt_sha256$": "bcrypt_sha256$" + bcrypt,
		},
	} {
		named := regexp.MustCompile("`([$a-z{][^`]*[$:}=])`").FindAllStringSubmatch(text, -1)
		for _, m := range named {
			if samples[m[1]] == "" {
				t.Errorf("the page names %s, and no sample of it is tried", m[1])
			}
		}
		var people []map[string]any
		for name, hash := range samples {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("the page does not name %s where it belongs", name)
			}
			people = append(people, map[string]any{"email": fmt.Sprintf("user%d@example.com", len(people)), "password": hash})
		}
		n.carry("people.json", people...)
		out, _ := n.try("gatehouse users import --dry-run --plaintext people.json")
		for i, p := range people {
			if told := strings.Contains(out, fmt.Sprintf("line %d: password", i+1)); told != (text == refused) {
				t.Errorf("%s is refused: %v, want %v", p["password"], told, text == refused)
			}
		}
	}
}

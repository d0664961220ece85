package commands_test

import "net/http"

// hashShapes hold hashes that other programs made.
var hashShapes = []shape{
	{
		name: "the MD5 of a PHP tutorial", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password CHAR(32) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'f25a2fc72690b780b2a14e140ef6a9e0'),
	('ben@example.com', '0D107D09F5BBE40CADE3DE5C71E9E9B7');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, char(32) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       2  users

Passwords
       2  MD5 or SHA in hex

What adopt would do
       2  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 1, 2

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
There was nothing to hash.
       2  addresses prepared for lookup
       2  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 1, 2
{adopted}
$ gatehouse adopt --finish --yes
       2  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 1, 2
gatehouse: some passwords could be hashes or plain text, or are nothing that signs in: say what they are with --format, or leave them as they are with --leave-undecided; 'gatehouse adopt --dry-run' counts them
$ gatehouse adopt --dry-run --format md5
mysql: The table users at DATABASE (innodb, varchar(255) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       2  users

Passwords
       2  MD5 or SHA in hex

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
$ gatehouse adopt --format md5
       2  old hashes wrapped in bcrypt
{adopted}`,
		in: []login{{"ann@example.com", "iloveyou"}, {"ben@example.com", "letmein"}},
		out: []refusal{
			{"ann@example.com", "f25a2fc72690b780b2a14e140ef6a9e0", "a hash is no password"},
			{"ben@example.com", "0d107d09f5bbe40cade3de5c71e9e9b7", "a hash is no password"},
		},
	},
	{
		name: "SHA-1 with a salt before the password", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password CHAR(40) NOT NULL, salt CHAR(4) NOT NULL, {profile});
INSERT INTO users (email, password, salt) VALUES ('ann@example.com', '8a76f89f881a8ad081363c00bdcecbfafbbb586a', 'Xk3f'),
	('ben@example.com', '4c16705e34cdc64903014219d3a4b79ff0e2e1d1', '9pQz');`,
		transcript: `
$ gatehouse adopt --dry-run --salt-column salt
gatehouse: adopt: --salt-column goes with --format md5, sha1, sha256 or sha512
Try: gatehouse adopt --help
$ gatehouse adopt --dry-run --format sha1 --salt-column pepper
gatehouse: users has no column pepper
$ gatehouse adopt --dry-run --format sha1 --salt-column salt
mysql: The table users at DATABASE (innodb, char(40) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       2  users

Passwords
       2  MD5 or SHA in hex

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.salt is NOT NULL and has no default: signing up fails unless another program fills it
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.salt is NOT NULL and has no default: signing up fails unless another program fills it
$ gatehouse adopt --format sha1 --salt-column salt
       2  old hashes wrapped in bcrypt
       2  addresses prepared for lookup
{adopted}`,
		in:     []login{{"ann@example.com", "sunshine"}, {"ben@example.com", "monkey"}},
		out:    []refusal{{"ann@example.com", "Xk3fsunshine", "the salt is no part of the password"}, {"ben@example.com", "sunshine", "it is the password of somebody else"}},
		signUp: http.StatusInternalServerError,
	},
	{
		name: "SHA-256 with a salt after the password", on: everywhere,
		old: `
mysql: CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(64) NOT NULL, Salt VARBINARY(16), {profile});
sqlite: CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(64) NOT NULL, Salt BLOB, {profile});
INSERT INTO users (email, password, Salt) VALUES
	('ann@example.com', 'a0b421428538279b384bff41e65a97172908d94f755bce46eb53a1c3a11a3fbf', 's4lt-one'),
	('ben@example.com', '795aec8b548bb6926568950b8d5ee002272034506397cc199cba9536ac2321a6', 's4lt-two'),
	('none@example.com', '0bb09d80600eec3eb9d7793a6f859bedde2a2d83899b70bd78e961ed674b32f4', NULL);`,
		transcript: `
$ gatehouse adopt --dry-run --format sha256 --salt-column salt --salt-place after
mysql: The table users at DATABASE (innodb, varchar(64) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       3  users

Passwords
       3  MD5 or SHA in hex

What adopt would do
       3  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt --format sha256 --salt-column salt --salt-place after
       3  old hashes wrapped in bcrypt
       3  addresses prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "dragon"}, {"ben@example.com", "master"}, {"none@example.com", "shadow"}},
		out: []refusal{{"ann@example.com", "dragons4lt-one", "the salt is no part of the password"}},
	},
	{
		name: "everything that a password can be", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(255), {profile});
INSERT INTO users (email, password) VALUES ('plain@example.com', 'mixed plain'),
	('md5@example.com', '63fb7459f715be865b3835e0cdda2e0d'),
	('php@example.com', '$2y$04$FH45ze9DRIxbcwi.Ojp7muDOQMhPFPqMYBVBC5RU5RQsYZQbeeQKS'),
	('argon@example.com', '$argon2id$v=19$m=1024,t=1,p=1$cU1JY0lzaFF1QzBEUnBEdA$EsOvVaLZnnvBFC/qceQG+Z8090g7RkQCZvV5j03N8vc'),
	('django@example.com', 'pbkdf2_sha256$1000$Dj4ng0Salt12$lkZzOFixmDYpX5zAVJZySEVGK+Q0iPoSCcP6hoIHFIU='),
	('empty@example.com', ''), ('null@example.com', NULL), ('mysql@example.com', '*AA24CF81D77A0D9534E60D0B2767FC7C13B6BFFF');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(255) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       8  users

Passwords
       1  MD5 or SHA in hex
       1  bcrypt
       2  empty
       2  other known hash
       1  plain text
       1  unknown or damaged hash

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)
       1  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 2
       1  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 8
       2  without a password: they cannot sign in: ids 6, 7

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       1  password hashed
       1  hash of another program rewritten for Gatehouse
       8  addresses prepared for lookup
       1  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids 2
       1  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 8
       2  without a password: they cannot sign in: ids 6, 7
{adopted}
$ gatehouse adopt --format md5
       1  old hash wrapped in bcrypt
       1  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 8
       2  without a password: they cannot sign in: ids 6, 7
{adopted}`,
		in: []login{
			{"plain@example.com", "mixed plain"},
			{"md5@example.com", "mixed md5"},
			{"php@example.com", "mixed bcrypt"},
			{"argon@example.com", "mixed argon"},
			{"django@example.com", "mixed django"},
		},
		out: []refusal{
			{"empty@example.com", "", "there is no password"},
			{"null@example.com", "", "there is no password"},
			{"mysql@example.com", "mixed mysql", "PASSWORD() of MySQL is not known; a new one must be set"},
			{"mysql@example.com", "*AA24CF81D77A0D9534E60D0B2767FC7C13B6BFFF", "a hash is no password"},
		},
	},
}

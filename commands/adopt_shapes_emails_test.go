package commands_test

// emailShapes are tables in which addresses, or the letters of texts, are not as Gatehouse keeps them.
var emailShapes = []shape{
	{
		name: "addresses of nobody and of several", on: everywhere,
		old: `
mysql: CREATE TABLE users ({id}, email VARCHAR(50), password VARCHAR(50) NOT NULL, {profile});
sqlite: CREATE TABLE users ({id}, email VARCHAR(50) COLLATE NOCASE, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES (NULL, 'nobody one'), ('', 'nobody two'), ('', 'nobody three'), ('the boss', 'no address'),
	('ben@example.com', 'hunter2'), ('Ben@Example.com', 'hunter3'), (' eve@example.com ', 'blanks around her'), ('fay@example.com', 'good old fay');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       8  users
       4  without a valid e-mail address: they cannot sign in
       2  share an address with another row; until that is resolved they are refused, or only one of them gets in: ben@example.com

Passwords
       8  plain text

What adopt would do
       8  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       8  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in: []login{{"eve@example.com", "blanks around her"}, {" EVE@example.com", "blanks around her"}, {"fay@example.com", "good old fay"}},
		out: []refusal{
			{"ben@example.com", "hunter2", "two rows have the address"},
			{"Ben@Example.com", "hunter3", "two rows have the address"},
			{"the boss", "no address", "only addresses sign in"},
		},
	},
	{
		name: "upper case where case counts", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO users (email, password) VALUES ('ANN@EXAMPLE.COM', 'ann and her dog');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       1  user

Passwords
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.email is utf8mb4_bin: until their first sign-in, people must write their address as it stands there
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.email is utf8mb4_bin: until their first sign-in, people must write their address as it stands there
$ gatehouse adopt
       1  password hashed
       1  address prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}, {"Ann@Example.com", "ann and her dog"}},
		out: []refusal{{"ann@example.com", "ANN AND HER DOG", "the case of a password counts"}},
	},
	{
		name: "one address twice where case counts", on: everywhere,
		old: `
mysql: CREATE TABLE users ({id}, email VARCHAR(50) COLLATE utf8mb4_bin, password VARCHAR(50) NOT NULL, {profile}) CHARACTER SET utf8mb4;
sqlite: CREATE TABLE users ({id}, email VARCHAR(50), password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('Ben@Example.com', 'hunter3'), ('ben@example.com', 'hunter2');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       2  users
       2  share an address with another row; until that is resolved they are refused, or only one of them gets in: ben@example.com

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
mysql:
mysql: Note: users.email is utf8mb4_bin: until their first sign-in, people must write their address as it stands there
$ gatehouse migrate up
The tables in DATABASE are up to date.
mysql: WARN users.email is utf8mb4_bin: until their first sign-in, people must write their address as it stands there
$ gatehouse adopt
       2  passwords hashed
{adopted}`,
		in: []login{{"ben@example.com", "hunter2"}},
		out: []refusal{
			{"ben@example.com", "hunter3", "it is the password of the other row"},
			{"Ben@Example.com", "hunter3", "written so, both rows have the address"},
		},
	},
	{
		name: "latin1 with accents", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}) CHARACTER SET latin1;
INSERT INTO users (email, password, name) VALUES ('zoë@example.com', 'crème brûlée', 'Zoë'), ('jörg@bücher.example', 'Straße 12', 'Jörg');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in latin1)

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.email is latin1: it cannot hold every letter
Note: users.name is latin1: it cannot hold every letter
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.email is latin1: it cannot hold every letter
WARN users.name is latin1: it cannot hold every letter
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in: []login{{"zoë@example.com", "crème brûlée"}, {"jörg@bücher.example", "Straße 12"}, {"JÖRG@BÜCHER.example", "Straße 12"}},
		out: []refusal{
			{"zoe@example.com", "crème brûlée", "it is another address, though the database calls it the same"},
			{"zoë@example.com", "creme brulee", "it is another password, though the database calls it the same"},
		},
	},
	{
		// A program that spoke UTF-8 on a connection for latin1: it finds its own letters again, and nobody else does.
		name: "UTF-8 that was taken for latin1", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}) CHARACTER SET latin1;
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog'), ('zoe@example.com', _latin1'crème brûlée');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in latin1)

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.email is latin1: it cannot hold every letter
Note: users.name is latin1: it cannot hold every letter
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.email is latin1: it cannot hold every letter
WARN users.name is latin1: it cannot hold every letter
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}},
		out: []refusal{{"zoe@example.com", "crème brûlée", "the database holds other letters"}},
	},
}

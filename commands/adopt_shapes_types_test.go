package commands_test

// typeShapes have password or state in types of all kinds.
var typeShapes = []shape{
	{
		name: "no password by default, in three-byte UTF-8", on: onMySQL,
		old: `
CREATE TABLE users (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL DEFAULT '',
	{profile}) CHARACTER SET utf8mb3;
INSERT INTO users (email, password) VALUES ('ann@example.com', 'Äpfel und Birnen');
INSERT INTO users (email) VALUES ('empty@example.com');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb3)

       2  users

Passwords
       1  empty
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)
       1  without a password: they cannot sign in: ids 2

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.email is utf8mb3: it cannot hold every letter
Note: users.name is utf8mb3: it cannot hold every letter
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.email is utf8mb3: it cannot hold every letter
WARN users.name is utf8mb3: it cannot hold every letter
$ gatehouse adopt
       1  password hashed
       2  addresses prepared for lookup
       1  without a password: they cannot sign in: ids 2
{adopted}`,
		in:  []login{{"ann@example.com", "Äpfel und Birnen"}},
		out: []refusal{{"empty@example.com", "", "there is no password"}},
	},
	{
		name: "bytes as password", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARBINARY(50) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'Äpfel und Birnen'), ('raw@example.com', x'5f4dcc3b5aa765d61d8327deb882cf99');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb)

       2  users

Passwords
       1  plain text
       1  unknown or damaged hash

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)
       1  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 2

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       1  password hashed
       2  addresses prepared for lookup
       1  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 2
{adopted}`,
		in:  []login{{"ann@example.com", "Äpfel und Birnen"}},
		out: []refusal{{"raw@example.com", "password", "MD5 is known in hex only; a new password must be set"}},
	},
	{
		name: "a BLOB as password, texts for all else", on: everywhere,
		old: `
CREATE TABLE users ({id}, email TEXT NOT NULL, password BLOB NOT NULL, gender TEXT, lastLogin TEXT, name TEXT, role TEXT, state INT DEFAULT 1);
mysql: INSERT INTO users (email, password, lastLogin) VALUES ('ann@example.com', 'Äpfel und Birnen', 'yesterday');
sqlite: INSERT INTO users (email, password, lastLogin) VALUES ('ann@example.com', CAST('Äpfel und Birnen' AS BLOB), 'yesterday');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb)
sqlite: The table users at DATABASE

       1  user

Passwords
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       1  password hashed
       1  address prepared for lookup
{adopted}`,
		in: []login{{"ann@example.com", "Äpfel und Birnen"}},
	},
	{
		name: "a TEXT as password", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password TEXT, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'Äpfel und Birnen');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, text for passwords in utf8mb4)
sqlite: The table users at DATABASE

       1  user

Passwords
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       1  password hashed
       1  address prepared for lookup
{adopted}`,
		in: []login{{"ann@example.com", "Äpfel und Birnen"}},
	},
	{
		name: "a text as state", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin DATETIME,
	name VARCHAR(50), role VARCHAR(20), state VARCHAR(10) DEFAULT '1');
INSERT INTO users (email, password, state) VALUES ('ann@example.com', 'ann and her dog', '1'), ('off@example.com', 'gone away', '0'),
	('word@example.com', 'in other words', 'active');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       3  users
       2  with a state other than 1: disabled, and they stay so

Passwords
       3  plain text

What adopt would do
       3  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
mysql:
mysql: Note: users.state is varchar(10), and is compared with the number 1
$ gatehouse migrate up
The tables in DATABASE are up to date.
mysql: WARN users.state is varchar(10), and is compared with the number 1
$ gatehouse adopt
       3  passwords hashed
       3  addresses prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}},
		out: []refusal{{"off@example.com", "gone away", "the state is 0"}, {"word@example.com", "in other words", "the state is not 1"}},
	},
	{
		name: "yes or no as state", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin DATETIME,
	name VARCHAR(50), role VARCHAR(20), state TINYINT(1));
INSERT INTO users (email, password, state) VALUES ('ann@example.com', 'ann and her dog', TRUE), ('off@example.com', 'gone away', FALSE),
	('two@example.com', 'more than yes', 2), ('null@example.com', 'who knows', NULL);`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       4  users
       3  with a state other than 1: disabled, and they stay so

Passwords
       4  plain text

What adopt would do
       4  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       4  passwords hashed
       4  addresses prepared for lookup
{adopted}`,
		in: []login{{"ann@example.com", "ann and her dog"}},
		out: []refusal{
			{"off@example.com", "gone away", "the state is 0"},
			{"two@example.com", "more than yes", "the state is 2"},
			{"null@example.com", "who knows", "there is no state"},
		},
	},
	{
		name: "a choice of '0' and '1' as state", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin DATETIME,
	name VARCHAR(50), role VARCHAR(20), state ENUM('0', '1') NOT NULL DEFAULT '1');
INSERT INTO users (email, password, state) VALUES ('ann@example.com', 'ann and her dog', '1'), ('ben@example.com', 'hunter2', '1'),
	('off@example.com', 'gone away', '0');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       3  users
       1  with a state other than 1: disabled, and they stay so

Passwords
       3  plain text

What adopt would do
       3  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users.state is enum('0','1'), which does not compare with the number 1
  ALTER TABLE users MODIFY COLUMN state VARCHAR(20) NULL; ALTER TABLE users MODIFY COLUMN state INT NOT NULL DEFAULT 1;
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       3  users
       1  with a state other than 1: disabled, and they stay so

Passwords
       3  plain text

What adopt would do
       3  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       3  passwords hashed
       3  addresses prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
		out: []refusal{{"off@example.com", "gone away", "the state is 0"}},
	},
	{
		name: "a choice of words as state", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin DATETIME,
	name VARCHAR(50), role VARCHAR(20), state ENUM('active', 'banned') NOT NULL DEFAULT 'active');
INSERT INTO users (email, password, state) VALUES ('ann@example.com', 'ann and her dog', 'active'), ('off@example.com', 'gone away', 'banned');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       2  users
       2  with a state other than 1: disabled, and they stay so

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users.state is enum('active','banned'), which does not compare with the number 1 (put the word that means active into the second statement)
  ALTER TABLE users MODIFY COLUMN state VARCHAR(20) NULL; UPDATE users SET state = IF(state = 'active', 1, 0); ALTER TABLE users MODIFY COLUMN state INT NOT NULL DEFAULT 1;
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}},
		out: []refusal{{"off@example.com", "gone away", "the state is 0"}},
	},
}

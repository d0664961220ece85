package commands_test

// columnShapes have fewer columns than the tutorial's, narrower ones or others, or an engine without transactions.
var columnShapes = []shape{
	{
		name: "the table of the Express tutorial", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (email, password, gender, lastLogin, name, role, state) VALUES
	('ann@example.com', 'ann and her dog', 'female', '2020-01-02 03:04:05', 'Ann', 'user', 1),
	('root@example.com', 'toor', 'male', NULL, 'Root', 'admin', 1), ('off@example.com', 'gone away', NULL, NULL, NULL, 'user', 0);`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       3  users
       1  with a state other than 1: disabled, and they stay so
       1  with the role admin, and no admins of Gatehouse unless you say so (--admins): 2 root@example.com

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
Users whose role is admin: 1; made admins of Gatehouse: 0. More: 'gatehouse users role ID admin', or --admins.
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}, {"root@example.com", "toor"}},
		out: []refusal{{"off@example.com", "gone away", "the state is 0"}},
	},
	{
		name: "an address and a password, nothing else", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50), password VARCHAR(32));
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog'), ('ben@example.com', 'hunter2');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(32) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
mysql:   SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users has no column gender
mysql:   ALTER TABLE users ADD COLUMN gender VARCHAR(20) NULL;
sqlite:   ALTER TABLE users ADD COLUMN gender TEXT NULL;
  -- users has no column lastLogin
  ALTER TABLE users ADD COLUMN lastLogin DATETIME NULL;
  -- users has no column name
mysql:   ALTER TABLE users ADD COLUMN name VARCHAR(100) NULL;
sqlite:   ALTER TABLE users ADD COLUMN name TEXT NULL;
  -- users has no column role
mysql:   ALTER TABLE users ADD COLUMN role VARCHAR(50) NOT NULL DEFAULT 'user';
sqlite:   ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
  -- users has no column state
mysql:   ALTER TABLE users ADD COLUMN state INT NOT NULL DEFAULT 1;
sqlite:   ALTER TABLE users ADD COLUMN state INTEGER NOT NULL DEFAULT 1;
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(32) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in:  []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
		out: []refusal{{"ann@example.com", "hunter2", "it is the password of somebody else"}},
	},
	{
		name: "other usual names of columns", on: everywhere,
		old: `
CREATE TABLE users ({id}, username VARCHAR(50), mail VARCHAR(100) NOT NULL, passwd VARCHAR(50) NOT NULL, last_login DATETIME);
INSERT INTO users (username, mail, passwd) VALUES ('ann', 'ann@example.com', 'ann and her dog');`,
		column: "passwd",
		transcript: `
$ gatehouse adopt --dry-run
Before anything else, make a backup and run:
mysql:   SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users has no column email, but mail (other programs must follow the change)
  ALTER TABLE users RENAME COLUMN 'mail' TO email;
  -- users has no column password, but passwd (other programs must follow the change)
  ALTER TABLE users RENAME COLUMN 'passwd' TO password;
  -- users has no column gender
mysql:   ALTER TABLE users ADD COLUMN gender VARCHAR(20) NULL;
sqlite:   ALTER TABLE users ADD COLUMN gender TEXT NULL;
  -- users has no column lastLogin
  ALTER TABLE users ADD COLUMN lastLogin DATETIME NULL;
  -- users has no column name
mysql:   ALTER TABLE users ADD COLUMN name VARCHAR(100) NULL;
sqlite:   ALTER TABLE users ADD COLUMN name TEXT NULL;
  -- users has no column role
mysql:   ALTER TABLE users ADD COLUMN role VARCHAR(50) NOT NULL DEFAULT 'user';
sqlite:   ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
  -- users has no column state
mysql:   ALTER TABLE users ADD COLUMN state INT NOT NULL DEFAULT 1;
sqlite:   ALTER TABLE users ADD COLUMN state INTEGER NOT NULL DEFAULT 1;
gatehouse: the table must be put right first; then ask again
(run the statements above)
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
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
		in:  []login{{"ann@example.com", "ann and her dog"}},
		out: []refusal{{"ann", "ann and her dog", "the name is no address"}},
	},
	{
		name: "32 characters for a password, filled up with blanks", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email CHAR(50) NOT NULL, password CHAR(32) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog'), ('blank@example.com', 'blank at the end '),
	('long@example.com', 'a sentence of more than thirty-two letters');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, char(32) for passwords in utf8mb4)

       3  users

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
		in: []login{{"ann@example.com", "ann and her dog"}, {"blank@example.com", "blank at the end"}, {"long@example.com", "a sentence of more than thirty-t"}},
		out: []refusal{
			{"blank@example.com", "blank at the end ", "the column took the blank away; the old program did not compare blanks"},
			{"long@example.com", "a sentence of more than thirty-two letters", "the column cut it off"},
		},
	},
	{
		name: "bcrypt cut off at 50 characters", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog'),
	('cut@example.com', '$2y$04$aZUfdHPDgkkPtDDPNV8cRes7gp8u7F4XhynwUFUNMo4T./hOeBNJa');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

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
		in: []login{{"ann@example.com", "ann and her dog"}},
		out: []refusal{
			{"cut@example.com", "correct horse", "what is left of the hash fits many passwords; a new one must be set"},
			{"cut@example.com", "$2y$04$aZUfdHPDgkkPtDDPNV8cRes7gp8u7F4XhynwUFUNMo4", "a hash is no password"},
		},
	},
	{
		name: "MyISAM", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}) ENGINE=MyISAM;
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (myisam, varchar(50) for passwords in utf8mb4)

       1  user

Passwords
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users is a myisam table, which has no transactions
  ALTER TABLE users ENGINE=InnoDB;
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

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
		in: []login{{"ann@example.com", "ann and her dog"}},
	},
}

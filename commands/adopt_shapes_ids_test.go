package commands_test

import "net/http"

// idShapes have no id as Gatehouse needs it.
var idShapes = []shape{
	{
		name: "a UUID as id", on: onMySQL,
		old: `
CREATE TABLE users (id CHAR(36) NOT NULL PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (id, email, password) VALUES ('6f1c9f4e-0d7c-4f8e-9d53-1a2b3c4d5e6f', 'ann@example.com', 'ann and her dog'),
	('0b7e2c1a-55aa-4c3b-8e21-aabbccddeeff', 'ben@example.com', 'hunter2');
CREATE TABLE orders (buyer CHAR(36) NOT NULL, FOREIGN KEY (buyer) REFERENCES users (id));
INSERT INTO orders SELECT id FROM users;`,
		transcript: `
$ gatehouse adopt --dry-run
Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users.id is char(36), and must be an integer
  ALTER TABLE users DROP PRIMARY KEY, RENAME COLUMN id TO id_old, ADD UNIQUE INDEX id_old (id_old), ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST;
gatehouse: the table must be put right first; then ask again
(run the statements above)
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.id_old is NOT NULL and has no default: signing up fails unless another program fills it
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.id_old is NOT NULL and has no default: signing up fails unless another program fills it
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in:     []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
		signUp: http.StatusInternalServerError,
	},
	{
		name: "a text as id", on: onSQLite,
		old: `
CREATE TABLE users (id TEXT PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (id, email, password) VALUES ('6f1c9f4e', 'ann@example.com', 'ann and her dog'), ('0b7e2c1a', 'ben@example.com', 'hunter2');`,
		transcript: `
$ gatehouse migrate up
gatehouse: the database cannot be used as it is; make a backup, then run:
  -- users has no column id that is INTEGER PRIMARY KEY
  ALTER TABLE users RENAME TO users_old; -- then start once, and copy the rows into the new table users
(run the statements above)
$ gatehouse adopt --dry-run
gatehouse: there is no table users at DATABASE, so there is nothing to adopt
$ gatehouse migrate up
The tables in DATABASE are up to date.
sql> INSERT INTO users (email, password, gender, lastLogin, name, role, state) SELECT email, password, gender, lastLogin, name, COALESCE(role, 'user'), state FROM users_old
$ gatehouse adopt --dry-run
The table users at DATABASE

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in: []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
	},
	{
		name: "no primary key", on: onMySQL,
		old: `
CREATE TABLE users (id INT, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (id, email, password) VALUES (7, 'ann@example.com', 'ann and her dog'), (8, 'ben@example.com', 'hunter2');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users.id is not the primary key
  ALTER TABLE users MODIFY COLUMN id int NOT NULL AUTO_INCREMENT, ADD PRIMARY KEY (id);
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

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
		in: []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
	},
	{
		name: "the address as primary key", on: onMySQL,
		old: `
CREATE TABLE users (email VARCHAR(50) NOT NULL PRIMARY KEY, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog'), ('ben@example.com', 'hunter2');`,
		transcript: `
$ gatehouse adopt --dry-run
Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users has no column id
  ALTER TABLE users DROP PRIMARY KEY, ADD UNIQUE INDEX ('email'), ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST;
gatehouse: the table must be put right first; then ask again
(run the statements above)
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

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
		in: []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
	},
	{
		name: "an id of another name", on: onMySQL,
		old: `
CREATE TABLE users (user_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (user_id, email, password) VALUES (7, 'ann@example.com', 'ann and her dog'), (8, 'ben@example.com', 'hunter2');`,
		transcript: `
$ gatehouse adopt --dry-run
Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users has no column id
  ALTER TABLE users RENAME COLUMN 'user_id' TO id;
gatehouse: the table must be put right first; then ask again
(run the statements above)
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

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
		in: []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
	},
}

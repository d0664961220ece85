package commands_test

import "net/http"

// valueShapes have columns of the tutorial's that hold something else.
var valueShapes = []shape{
	{
		name: "a number as role", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin DATETIME,
	name VARCHAR(50), role INT NOT NULL DEFAULT 0, state INT DEFAULT 1);
INSERT INTO users (email, password, role) VALUES ('ann@example.com', 'ann and her dog', 0), ('root@example.com', 'toor', 1);`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.role is int and cannot hold the role user: signing up fails
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.role is int and cannot hold the role user: signing up fails
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in:     []login{{"ann@example.com", "ann and her dog"}, {"root@example.com", "toor"}},
		signUp: http.StatusUnprocessableEntity,
	},
	{
		name: "a fixed choice of roles", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin DATETIME,
	name VARCHAR(50), role ENUM('admin', 'member') NOT NULL, state INT DEFAULT 1);
INSERT INTO users (email, password, role) VALUES ('ann@example.com', 'ann and her dog', 'member'), ('root@example.com', 'toor', 'admin'),
	('odd@example.com', 'the odd one', 'owner');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       3  users
       1  with the role admin, and no admins of Gatehouse unless you say so (--admins): 2 root@example.com

Passwords
       3  plain text

What adopt would do
       3  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.role is enum('admin','member') and cannot hold the role user: signing up fails
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.role is enum('admin','member') and cannot hold the role user: signing up fails
$ gatehouse adopt --admins all
       3  passwords hashed
       3  addresses prepared for lookup
Users whose role is admin: 1; made admins of Gatehouse: 1. More: 'gatehouse users role ID admin', or --admins.
{adopted}`,
		in:     []login{{"ann@example.com", "ann and her dog"}, {"root@example.com", "toor"}, {"odd@example.com", "the odd one"}},
		signUp: http.StatusUnprocessableEntity,
	},
	{
		name: "a choice of two genders that is required", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender ENUM('male', 'female') NOT NULL,
	lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT DEFAULT 1);
INSERT INTO users (email, password, gender) VALUES ('ann@example.com', 'ann and her dog', 'female'), ('odd@example.com', 'the odd one', 'other');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       2  users

Passwords
       2  plain text

What adopt would do
       2  to hash; about TIME here (TIME each, N at once)

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.gender is NOT NULL: signing up without it fails
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.gender is NOT NULL: signing up without it fails
$ gatehouse adopt
       2  passwords hashed
       2  addresses prepared for lookup
{adopted}`,
		in:     []login{{"ann@example.com", "ann and her dog"}, {"odd@example.com", "the odd one"}},
		signUp: http.StatusUnprocessableEntity,
	},
	{
		name: "seconds as time of the last sign-in", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, gender VARCHAR(10), lastLogin INT,
	name VARCHAR(50), role VARCHAR(20), state INT DEFAULT 1);
INSERT INTO users (email, password, lastLogin) VALUES ('ann@example.com', 'ann and her dog', 1577934245);`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       1  user

Passwords
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
mysql:   SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users.lastLogin is int and cannot hold a date
  ALTER TABLE users RENAME COLUMN lastLogin TO lastLogin_old; ALTER TABLE users ADD COLUMN lastLogin DATETIME NULL;
gatehouse: the table must be put right first
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
		in: []login{{"ann@example.com", "ann and her dog"}},
	},
	{
		name: "dates that are none", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}, born DATE NOT NULL DEFAULT '0000-00-00');
INSERT INTO users (email, password, lastLogin, born) VALUES ('ann@example.com', 'ann and her dog', '0000-00-00 00:00:00', '1990-00-00');`,
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
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       1  password hashed
       1  address prepared for lookup
{adopted}
$ gatehouse users list
ID  E-MAIL           NAME  ROLE  STATE   LAST SIGN-IN
1   ann@example.com  -           active  never`,
		in: []login{{"ann@example.com", "ann and her dog"}},
	},
}

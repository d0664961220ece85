package commands_test

// engineShapes have the database do something of its own with the rows.
var engineShapes = []shape{
	{
		name: "a trigger that keeps a history", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
CREATE TABLE history (user_id INT, email VARCHAR(50));
mysql: CREATE TRIGGER users_history AFTER UPDATE ON users FOR EACH ROW INSERT INTO history (user_id, email) VALUES (OLD.id, OLD.email);
sqlite: CREATE TRIGGER users_history AFTER UPDATE ON users FOR EACH ROW BEGIN INSERT INTO history (user_id, email) VALUES (OLD.id, OLD.email); END;
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog');`,
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
		name: "a generated column", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}, mail VARCHAR(50) AS (LOWER(email)) VIRTUAL);
CREATE UNIQUE INDEX users_mail ON users (mail);
INSERT INTO users (email, password) VALUES ('Ann@example.com', 'ann and her dog');`,
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
		name: "a trigger that hashes", on: everywhere,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile});
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog'), ('ben@example.com', 'hunter2');
mysql: CREATE TRIGGER users_hashed BEFORE UPDATE ON users FOR EACH ROW SET NEW.password = IF(NEW.password = OLD.password, NEW.password, MD5(NEW.password));
sqlite: CREATE TRIGGER users_hashed AFTER UPDATE OF password ON users FOR EACH ROW BEGIN UPDATE users SET password = LOWER(HEX(NEW.password)) WHERE id = NEW.id; END;`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)
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
{adopted}
$ gatehouse adopt --finish --yes
gatehouse: user 1: the database changes what is written into password, and nothing was lost: a trigger on users, perhaps; take it away, then run this again
$ gatehouse adopt
There was nothing to hash.
{adopted}`,
		in:    []login{{"ann@example.com", "ann and her dog"}, {"ben@example.com", "hunter2"}},
		stuck: true,
	},
	{
		// Versions would keep the plain text, and MariaDB refuses to change the columns of such a table.
		name: "a table that keeps its versions", on: onMySQL,
		old: `
CREATE TABLE users ({id}, email VARCHAR(50) NOT NULL, password VARCHAR(50) NOT NULL, {profile}) /*M! WITH SYSTEM VERSIONING */;
INSERT INTO users (email, password) VALUES ('ann@example.com', 'ann and her dog');`,
		transcript: `
$ gatehouse adopt --dry-run
The table users at DATABASE (innodb, varchar(50) for passwords in utf8mb4)

       1  user

Passwords
       1  plain text

What adopt would do
       1  to hash; about TIME here (TIME each, N at once)

Nothing was changed.

Before anything else, make a backup and run:
  SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users keeps old versions of its rows, and so would keep old passwords
  ALTER TABLE users DROP SYSTEM VERSIONING;
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse migrate up
The tables in DATABASE are up to date.
$ gatehouse adopt
       1  password hashed
       1  address prepared for lookup
{adopted}`,
		in: []login{{"ann@example.com", "ann and her dog"}},
	},
}

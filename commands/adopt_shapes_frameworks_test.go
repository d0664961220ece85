package commands_test

import "net/http"

// frameworkShapes are made by the migrations of frameworks.
var frameworkShapes = []shape{
	{
		name: "Laravel", on: everywhere,
		old: `
mysql: CREATE TABLE users (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL UNIQUE,
mysql: 	email_verified_at TIMESTAMP NULL, password VARCHAR(255) NOT NULL, remember_token VARCHAR(100) NULL, created_at TIMESTAMP NULL,
mysql: 	updated_at TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
mysql: CREATE TABLE sessions (id VARCHAR(255) PRIMARY KEY, user_id BIGINT UNSIGNED NULL, payload LONGTEXT NOT NULL, last_activity INT NOT NULL);
sqlite: CREATE TABLE "users" ("id" integer primary key autoincrement not null, "name" varchar not null, "email" varchar not null,
sqlite: 	"email_verified_at" datetime, "password" varchar not null, "remember_token" varchar, "created_at" datetime, "updated_at" datetime);
sqlite: CREATE UNIQUE INDEX "users_email_unique" on "users" ("email");
sqlite: CREATE TABLE "sessions" ("id" varchar not null, "user_id" integer, "payload" text not null, "last_activity" integer not null, primary key ("id"));
INSERT INTO users (name, email, password, created_at, updated_at) VALUES
	('Ann', 'ann@example.com', '$2y$04$0nnIkKCByYOyGY0uRSxY5uFNr0tgEIamgsIqdXc.LpHjgKHvXDea6', '2024-01-02 03:04:05', '2024-01-02 03:04:05');`,
		transcript: `
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(255) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       1  user

Passwords
       1  bcrypt

What adopt would do
          nothing: every password there is a hash already

Nothing was changed.

Note: users.name is NOT NULL: signing up without it fails

Before anything else, make a backup and run:
mysql:   SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users has no column gender
mysql:   ALTER TABLE users ADD COLUMN gender VARCHAR(20) NULL;
sqlite:   ALTER TABLE users ADD COLUMN gender TEXT NULL;
  -- users has no column lastLogin
  ALTER TABLE users ADD COLUMN lastLogin DATETIME NULL;
  -- users has no column role
mysql:   ALTER TABLE users ADD COLUMN role VARCHAR(50) NOT NULL DEFAULT 'user';
sqlite:   ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
  -- users has no column state
mysql:   ALTER TABLE users ADD COLUMN state INT NOT NULL DEFAULT 1;
sqlite:   ALTER TABLE users ADD COLUMN state INTEGER NOT NULL DEFAULT 1;
  -- the table sessions belongs to another program, which must follow the change, or Gatehouse gets a database of its own
mysql:   RENAME TABLE sessions TO sessions_old;
sqlite:   ALTER TABLE sessions RENAME TO sessions_old;
gatehouse: the table must be put right first
(run the statements above)
$ gatehouse adopt --dry-run
mysql: The table users at DATABASE (innodb, varchar(255) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       1  user

Passwords
       1  bcrypt

What adopt would do
          nothing: every password there is a hash already

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.name is NOT NULL: signing up without it fails
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.name is NOT NULL: signing up without it fails
$ gatehouse adopt
There was nothing to hash.
       1  address prepared for lookup
{adopted}`,
		in:     []login{{"ann@example.com", "laravel pass"}},
		out:    []refusal{{"ann@example.com", "$2y$04$0nnIkKCByYOyGY0uRSxY5uFNr0tgEIamgsIqdXc.LpHjgKHvXDea6", "a hash is no password"}},
		signUp: http.StatusUnprocessableEntity,
	},
	{
		name: "Devise", on: everywhere,
		old: `
mysql: CREATE TABLE users (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL DEFAULT '',
mysql: 	encrypted_password VARCHAR(255) NOT NULL DEFAULT '', reset_password_token VARCHAR(255), reset_password_sent_at DATETIME(6),
mysql: 	remember_created_at DATETIME(6), sign_in_count INT NOT NULL DEFAULT 0, current_sign_in_at DATETIME(6), last_sign_in_at DATETIME(6),
mysql: 	current_sign_in_ip VARCHAR(255), last_sign_in_ip VARCHAR(255), created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL,
mysql: 	UNIQUE INDEX index_users_on_email (email), UNIQUE INDEX index_users_on_reset_password_token (reset_password_token));
sqlite: CREATE TABLE "users" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "email" varchar DEFAULT '' NOT NULL,
sqlite: 	"encrypted_password" varchar DEFAULT '' NOT NULL, "reset_password_token" varchar, "reset_password_sent_at" datetime(6),
sqlite: 	"remember_created_at" datetime(6), "sign_in_count" integer DEFAULT 0 NOT NULL, "current_sign_in_at" datetime(6), "last_sign_in_at" datetime(6),
sqlite: 	"current_sign_in_ip" varchar, "last_sign_in_ip" varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
sqlite: CREATE UNIQUE INDEX "index_users_on_email" ON "users" ("email");
INSERT INTO users (email, encrypted_password, last_sign_in_at, created_at, updated_at) VALUES
	('ann@example.com', '$2y$04$LPH9e0C215yzHNdbdZsKwOwfdsSwaw/CCXQsAlLGk4b17aNEcJjKG', '2024-01-02 03:04:05', '2024-01-02 03:04:05', '2024-01-02 03:04:05');`,
		column: "encrypted_password",
		transcript: `
$ gatehouse adopt --dry-run
Before anything else, make a backup and run:
mysql:   SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';
  -- users has no column password, but encrypted_password (other programs must follow the change)
  ALTER TABLE users RENAME COLUMN 'encrypted_password' TO password;
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
mysql: The table users at DATABASE (innodb, varchar(255) for passwords in utf8mb4)
sqlite: The table users at DATABASE

       1  user

Passwords
       1  bcrypt

What adopt would do
          nothing: every password there is a hash already

Nothing was changed.
Before adopt the table gets our columns: start the server, or run 'gatehouse migrate up'.

Note: users.created_at is NOT NULL and has no default: signing up fails unless another program fills it
Note: users.updated_at is NOT NULL and has no default: signing up fails unless another program fills it
$ gatehouse migrate up
The tables in DATABASE are up to date.
WARN users.created_at is NOT NULL and has no default: signing up fails unless another program fills it
WARN users.updated_at is NOT NULL and has no default: signing up fails unless another program fills it
$ gatehouse adopt
There was nothing to hash.
       1  address prepared for lookup
{adopted}`,
		in:     []login{{"ann@example.com", "rails pass word"}},
		signUp: http.StatusInternalServerError,
	},
}

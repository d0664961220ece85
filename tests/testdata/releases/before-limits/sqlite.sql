PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE gatehouse_migrations (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO gatehouse_migrations VALUES(1,0,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(2,1,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(3,2,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(4,3,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(5,4,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(6,5,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(7,6,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(8,7,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(9,8,1,'2026-11-23 11:22:06');
INSERT INTO gatehouse_migrations VALUES(10,9,1,'2026-11-23 11:22:06');
CREATE TABLE users (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    email     TEXT     NOT NULL COLLATE NOCASE CONSTRAINT email CHECK (length(email) <= 254),
    password  TEXT     NOT NULL CONSTRAINT password CHECK (length(password) <= 255),
    gender    TEXT     NULL CONSTRAINT gender CHECK (length(gender) <= 20),
    lastLogin DATETIME NULL,
    name      TEXT     NULL CONSTRAINT name CHECK (length(name) <= 100),
    role      TEXT     NOT NULL DEFAULT 'user' CONSTRAINT role CHECK (length(role) <= 50),
    state     INTEGER  NOT NULL DEFAULT 1
, gh_email_key TEXT COLLATE BINARY, gh_email_verified INTEGER, gh_admin INTEGER, gh_revision INTEGER, gh_created INTEGER, gh_hash TEXT COLLATE BINARY, gh_hash_of BLOB);
INSERT INTO users VALUES(1,'ann@example.com','$2a$04$JstHDcdMFgyuXC1daa2v8eAgRh6T8LusVnwumLEsqzT.Tm0j3wSTS',NULL,'2026-11-23 11:22:06',NULL,'user',1,'ann@example.com',0,NULL,3,1795432926173,NULL,NULL);
INSERT INTO users VALUES(2,'bob@example.com','$2a$04$ThrCrXzI2On7JZH0Q2XptuKkmyfy16aUfk5CkgF/R3HamK/u22fVC',NULL,'2026-11-23 11:22:06',NULL,'user',1,'bob@example.com',0,NULL,2,1795432926184,NULL,NULL);
CREATE TABLE sessions (
    id_hash          BLOB    NOT NULL PRIMARY KEY,
    public_id        TEXT    NOT NULL COLLATE BINARY UNIQUE,
    user_id          INTEGER NULL,
    kind             TEXT    NOT NULL COLLATE BINARY,
    data             BLOB    NULL CONSTRAINT data CHECK (length(data) <= 4096),
    created          INTEGER NOT NULL,
    authenticated_at INTEGER NULL,
    last_seen        INTEGER NOT NULL,
    idle_expires     INTEGER NOT NULL,
    absolute_expires INTEGER NOT NULL,
    remember         INTEGER NOT NULL DEFAULT 0,
    ip               TEXT    NULL,
    user_agent       TEXT    NULL CONSTRAINT user_agent CHECK (length(user_agent) <= 255)
, refresh_jti TEXT COLLATE BINARY, previous_jti TEXT COLLATE BINARY, access_jti TEXT COLLATE BINARY, access_expires INTEGER, rotated INTEGER);
INSERT INTO sessions VALUES(X'6685aaaeea1fb8ad3343d010338619b10d2568a4c12ce069787c863ccc76b239','pz7logsbcnqwc3abcp5qdl7bwg',1,'cookie',NULL,1795432926173,1795432926173,1795432926173,1795434726173,1795476126173,0,'127.0.0.1','curl/7.88.1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO sessions VALUES(X'a93f2e2e930c902ec0c562003c119ba3496c49277b9c6c2d2d811c0c658e9708','ctjf64wegaf6cfjayq72uwll72',2,'cookie',NULL,1795432926184,1795432926184,1795432926184,1795434726184,1795476126184,0,'127.0.0.1','curl/7.88.1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO sessions VALUES(X'255a8d7fe5081dccd16d12b135ee82a5ebf4414d4524f2c0dd8ba32c1e325c76','bymrfbadt5eqngtifklljqdwuu',1,'cookie',NULL,1795432926194,1795432926194,1795432926194,2110792926194,2110792926194,1,'127.0.0.1','curl/7.88.1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO sessions VALUES(X'be9bf0a73ffcecaabe662b666bf03a5b35cdb1df73a4f9f458608036f591295c','mshzicae5zxdo4mogbtqpleuac',1,'token',NULL,1795432926206,1795432926206,1795432926206,2110792926000,2110792926000,0,'127.0.0.1','curl/7.88.1','ku4n57swenhqqohytm3zqxyane',NULL,'vnoysifrl4spms4gt4bxfdhwbr',1795433106000,1795432926206);
CREATE TABLE gatehouse_meta (
    name  TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
    value BLOB NOT NULL
);
INSERT INTO gatehouse_meta VALUES('secret_check',X'65eafc1e88b4825e3d16f35969db81febab3634e0faaa5e841ea135c75e397d8');
CREATE TABLE signing_keys (
    number      INTEGER NOT NULL PRIMARY KEY,
    kid         TEXT    NOT NULL COLLATE BINARY UNIQUE,
    algorithm   TEXT    NOT NULL COLLATE BINARY,
    sealed      BLOB    NOT NULL,
    created     INTEGER NOT NULL,
    active_from INTEGER NOT NULL
);
INSERT INTO signing_keys VALUES(1,'xYYBQ7LB4y-be2BXCtjJ7nuxX1wpl3TNwjrgqh2Nfpo','ES256',X'018cbac8006ad2d6d52033da17bd4b16ce829fe98193e379c47698bea037b2f236d5d384a9a5fe6bf1a74f5b48204990f378ea8c2fcdad1dd12271f96174c9f4c73b7c382f767f59327c77cb74806825bc615bfad42d9c8314d65076e6fa76e9b2416e62c0cf94516ab816466554222e885bfd4429c752c94899fff13acfd0049db73c4438c9ee53ae7a30bb277da97b37a075da153c6de486f181da9ac8eedec55e42da6eda46',1795432926094,1795432926094);
CREATE TABLE blacklist (
    jti     TEXT    NOT NULL COLLATE BINARY PRIMARY KEY,
    expires INTEGER NOT NULL
);
INSERT INTO blacklist VALUES('3vcrbd33xpbo3gdoo27wxqyvbi',1795433106000);
CREATE TABLE gatehouse_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL COLLATE BINARY,
    user_id    INTEGER,
    actor      TEXT    NOT NULL,
    ip         TEXT    NOT NULL,
    user_agent TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    detail     TEXT    NOT NULL
);
INSERT INTO gatehouse_events VALUES(1,1795432926094,'key_added',NULL,'server','','','','kid xYYBQ7LB4y-be2BXCtjJ7nuxX1wpl3TNwjrgqh2Nfpo');
INSERT INTO gatehouse_events VALUES(2,1795432926173,'sign_up',1,'visitor','127.0.0.1','curl/7.88.1','uw7qhtaei6as5efxunbr2b5ytq','');
INSERT INTO gatehouse_events VALUES(3,1795432926184,'sign_up',2,'visitor','127.0.0.1','curl/7.88.1','lzm3zupwp6wb2hpjzdzrdnzpvq','');
INSERT INTO gatehouse_events VALUES(4,1795432926194,'sign_in',1,'visitor','127.0.0.1','curl/7.88.1','tcqm5xx7qoixvuqad6nwffqz6a','cookie, remember');
INSERT INTO gatehouse_events VALUES(5,1795432926206,'sign_in',1,'visitor','127.0.0.1','curl/7.88.1','lhyrt3sud2bpk4ekwdgdg7yjrm','token');
INSERT INTO gatehouse_events VALUES(6,1795432926217,'sign_in',2,'visitor','127.0.0.1','curl/7.88.1','5ioqrmzbxpdp5izhoft3coutpq','token');
INSERT INTO gatehouse_events VALUES(7,1795432926231,'sign_out',2,'visitor','127.0.0.1','curl/7.88.1','gjotiohauqndu4ylqysmugm6oi','local');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('gatehouse_migrations',10);
INSERT INTO sqlite_sequence VALUES('gatehouse_events',7);
INSERT INTO sqlite_sequence VALUES('users',2);
CREATE UNIQUE INDEX users_gh_email_key ON users (gh_email_key);
CREATE INDEX users_gh_email ON users (email);
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_absolute_expires ON sessions (absolute_expires);
CREATE INDEX blacklist_expires ON blacklist (expires);
CREATE INDEX gatehouse_events_user ON gatehouse_events (user_id, id);
CREATE INDEX gatehouse_events_at ON gatehouse_events (at);
COMMIT;

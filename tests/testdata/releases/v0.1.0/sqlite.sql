PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE gatehouse_migrations (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO gatehouse_migrations VALUES(1,0,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(2,1,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(3,2,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(4,3,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(5,4,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(6,5,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(7,6,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(8,7,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(9,8,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(10,9,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(11,10,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(12,11,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(13,12,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(14,13,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(15,14,1,'2026-11-23 15:04:58');
INSERT INTO gatehouse_migrations VALUES(16,15,1,'2026-11-23 15:04:58');
CREATE TABLE users (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    email     TEXT     NOT NULL COLLATE NOCASE CONSTRAINT email CHECK (length(email) <= 254),
    password  TEXT     NOT NULL CONSTRAINT password CHECK (length(password) <= 255),
    gender    TEXT     NULL CONSTRAINT gender CHECK (length(gender) <= 20),
    lastLogin DATETIME NULL,
    name      TEXT     NULL CONSTRAINT name CHECK (length(name) <= 100),
    role      TEXT     NOT NULL DEFAULT 'user' CONSTRAINT role CHECK (length(role) <= 50),
    state     INTEGER  NOT NULL DEFAULT 1
, gh_email_key TEXT COLLATE BINARY, gh_email_verified INTEGER, gh_admin INTEGER, gh_revision INTEGER, gh_created INTEGER, gh_hash TEXT COLLATE BINARY, gh_hash_of BLOB, gh_applied INTEGER);
INSERT INTO users VALUES(1,'ann@example.com','$2a$04$ydv4b5ltnMTFRUZThgtvju5uWIr62QpoF9bxIu2e5zkDAA..PkPz6',NULL,'2026-11-23 15:04:59',NULL,'user',1,'ann@example.com',0,NULL,3,1795446299037,NULL,NULL,NULL);
INSERT INTO users VALUES(2,'bob@example.com','$2a$04$AUUMrAz7G9/ftN91U2n7KOf4AL/49hcizIkGzPBnQAFJI9IzNs/V6',NULL,'2026-11-23 15:04:59',NULL,'user',1,'bob@example.com',0,NULL,2,1795446299056,NULL,NULL,NULL);
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
INSERT INTO sessions VALUES(X'96c395c5412c795904e10274788782c75d7316f855c78d7912530673c52ed9d3','zpovabpnw43uxyiejati6izyvm',1,'cookie',NULL,1795446299037,1795446299037,1795446299037,1795448099037,1795489499037,0,'127.0.0.1','curl/7.88.1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO sessions VALUES(X'19e9368978f2399861f16c04fd9c8a48e6e3909cb1ee2db7d2ee41ae1bb32da3','misje2ab4xhob4gybarx24befx',2,'cookie',NULL,1795446299056,1795446299056,1795446299056,1795448099056,1795489499056,0,'127.0.0.1','curl/7.88.1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO sessions VALUES(X'839d2724e06848d21eb8ef90f021f6369ec0121363cde2bf7b1a26556d24c25d','kms4ijhk3eymypdjng7gcqzezk',1,'cookie',NULL,1795446299072,1795446299072,1795446299072,2110806299072,2110806299072,1,'127.0.0.1','curl/7.88.1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO sessions VALUES(X'4bd12fff90c1ab2f949b6d27ca94e3d74cbc3248a2394ea5e98f70e93b4cdd1b','zxf3hkzmmjy6qd7fuvtz7iafvb',1,'token',NULL,1795446299090,1795446299090,1795446299090,2110806299000,2110806299000,0,'127.0.0.1','curl/7.88.1','d3qz7dsmpxgssaeu22vwtqf5li',NULL,'qgju2uhrbqk3uqq6g2qxerfp5g',1795446479000,1795446299090);
CREATE TABLE gatehouse_meta (
    name  TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
    value BLOB NOT NULL
);
INSERT INTO gatehouse_meta VALUES('secret_check',X'7d9f9db1a4b4288462c0781fb13e7ccc2b68410bad781855dbaed9ed718ba558');
CREATE TABLE signing_keys (
    number      INTEGER NOT NULL PRIMARY KEY,
    kid         TEXT    NOT NULL COLLATE BINARY UNIQUE,
    algorithm   TEXT    NOT NULL COLLATE BINARY,
    sealed      BLOB    NOT NULL,
    created     INTEGER NOT NULL,
    active_from INTEGER NOT NULL
);
INSERT INTO signing_keys VALUES(1,'iVhvy8BPzneKThqIdtThOKa4GT-Vjtj46_oStgmYy4s','ES256',X'01e60007001806f559b368a937f8ea38640fe976b65e54138740ee92f8989b1ebd362b0b6bcd5b4286cfaf2d95ac8de19fec735c12d7144cab895ad6da7207a0e0800165983977671cbc423c9275f28bd0803047d4c54e4844ab4a0694b16e04e351e5a23a69c475260f4b1d553409d9e9603ab2f7412e2dea34d4921289988b33bff2e2910e8876c2365381466eb29f0780637b29694405bcd1f2e156e99445d6049bae30f675',1795446298978,1795446298978);
CREATE TABLE blacklist (
    jti     TEXT    NOT NULL COLLATE BINARY PRIMARY KEY,
    expires INTEGER NOT NULL
);
INSERT INTO blacklist VALUES('yyulzuk4tpabolkiajcyzbwfys',1795446479000);
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
, actor_id INTEGER);
INSERT INTO gatehouse_events VALUES(1,1795446298978,'key_added',NULL,'server','','','','kid iVhvy8BPzneKThqIdtThOKa4GT-Vjtj46_oStgmYy4s',NULL);
INSERT INTO gatehouse_events VALUES(2,1795446299037,'sign_up',1,'visitor','127.0.0.1','curl/7.88.1','xmjcaisomsomq7ntu33w3spn34','',NULL);
INSERT INTO gatehouse_events VALUES(3,1795446299056,'sign_up',2,'visitor','127.0.0.1','curl/7.88.1','lkzrpjgbbdouzuuicpgqqf3eua','',NULL);
INSERT INTO gatehouse_events VALUES(4,1795446299072,'sign_in',1,'visitor','127.0.0.1','curl/7.88.1','najevpe3qc7qvkgaod3y2ndqim','cookie, remember',NULL);
INSERT INTO gatehouse_events VALUES(5,1795446299090,'sign_in',1,'visitor','127.0.0.1','curl/7.88.1','q7w3vylp3cdenhn5jb4r2ajk5e','token',NULL);
INSERT INTO gatehouse_events VALUES(6,1795446299105,'sign_in',2,'visitor','127.0.0.1','curl/7.88.1','qvdwlizct6z6p6a43em5ggg52a','token',NULL);
INSERT INTO gatehouse_events VALUES(7,1795446299123,'sign_out',2,'visitor','127.0.0.1','curl/7.88.1','mzwma2djm6wgwvn4iql6o7fz2q','local',NULL);
CREATE TABLE gatehouse_attempts (
    bucket        BLOB    NOT NULL PRIMARY KEY,
    failures      INTEGER NOT NULL,
    running       TEXT    NOT NULL COLLATE BINARY,
    lease         INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    expires       INTEGER NOT NULL
);
INSERT INTO gatehouse_attempts VALUES(X'c9fe4396790077d169b66b4c9ab099b77c3a7893d9064c3a920ce1cee6b7e7aa',2,'',1795446331056,0,1795449899037);
INSERT INTO gatehouse_attempts VALUES(X'08de1bfb174d87177e8af7b09a0d07d6594d61ca8db5f983264c881e0ba60b67',0,'',1795446331090,0,1795532699072);
INSERT INTO gatehouse_attempts VALUES(X'2ae2751227056891c0951872594c8aa3b623b015a4ffe6b264942ebc734056fa',0,'',1795446331105,0,1795446899072);
INSERT INTO gatehouse_attempts VALUES(X'dd5e5b6e83fa087cfbceae086f4ca9d5ccd647b5984b384564889b99d5bfef39',0,'',1795446331105,0,1795532699105);
CREATE TABLE gatehouse_devices (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    hash      BLOB    NOT NULL,
    user_id   INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER NOT NULL
);
INSERT INTO gatehouse_devices VALUES(1,X'f5e52c0294f83ea8989c4f306e14b5fdec2058e5453b43cddcbd2503c0437c03',1,1795446299037,1795446299037);
INSERT INTO gatehouse_devices VALUES(2,X'dbc2c917d600d22a5842eedd4b6f46792f37091d3157f0dfef37f147245e6144',2,1795446299056,1795446299056);
INSERT INTO gatehouse_devices VALUES(3,X'4ccd46dca35989a15ff7f051c83c2a5dbe2eef2794fdb10b9f15b7243ae6063a',1,1795446299072,1795446299072);
CREATE TABLE gatehouse_outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL COLLATE BINARY,
    user_id INTEGER,
    address TEXT CONSTRAINT address CHECK (length(address) <= 320),
    created INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    lease   INTEGER NOT NULL
);
CREATE TABLE gatehouse_links (
    hash    BLOB    NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL COLLATE BINARY,
    user_id INTEGER NOT NULL,
    address TEXT    NOT NULL CONSTRAINT address CHECK (length(address) <= 320),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('gatehouse_migrations',16);
INSERT INTO sqlite_sequence VALUES('gatehouse_events',7);
INSERT INTO sqlite_sequence VALUES('users',2);
INSERT INTO sqlite_sequence VALUES('gatehouse_devices',3);
CREATE UNIQUE INDEX users_gh_email_key ON users (gh_email_key);
CREATE INDEX users_gh_email ON users (email);
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_absolute_expires ON sessions (absolute_expires);
CREATE INDEX blacklist_expires ON blacklist (expires);
CREATE INDEX gatehouse_events_user ON gatehouse_events (user_id, id);
CREATE INDEX gatehouse_attempts_expires ON gatehouse_attempts (expires);
CREATE UNIQUE INDEX gatehouse_devices_hash ON gatehouse_devices (hash, user_id);
CREATE INDEX gatehouse_devices_user ON gatehouse_devices (user_id);
CREATE INDEX gatehouse_devices_last_used ON gatehouse_devices (last_used);
CREATE INDEX gatehouse_outbox_due ON gatehouse_outbox (due);
CREATE INDEX gatehouse_outbox_user ON gatehouse_outbox (user_id);
CREATE INDEX gatehouse_links_user ON gatehouse_links (user_id, kind);
CREATE INDEX gatehouse_links_expires ON gatehouse_links (expires);
CREATE INDEX gatehouse_events_at_kind ON gatehouse_events (at, kind);
COMMIT;

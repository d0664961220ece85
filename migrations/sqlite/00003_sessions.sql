-- +goose Up
CREATE TABLE IF NOT EXISTS sessions (
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
);
CREATE INDEX IF NOT EXISTS sessions_user ON sessions (user_id, created);
CREATE INDEX IF NOT EXISTS sessions_absolute_expires ON sessions (absolute_expires);

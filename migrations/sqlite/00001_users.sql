-- +goose Up
-- An existing table stays as it is; the next migration extends it. AUTOINCREMENT, because an id is never used again.
-- Each CHECK is named after its column, which is how a refused value is reported.
CREATE TABLE IF NOT EXISTS users (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    email     TEXT     NOT NULL COLLATE NOCASE CONSTRAINT email CHECK (length(email) <= 254),
    password  TEXT     NOT NULL CONSTRAINT password CHECK (length(password) <= 255),
    gender    TEXT     NULL CONSTRAINT gender CHECK (length(gender) <= 20),
    lastLogin DATETIME NULL,
    name      TEXT     NULL CONSTRAINT name CHECK (length(name) <= 100),
    role      TEXT     NOT NULL DEFAULT 'user' CONSTRAINT role CHECK (length(role) <= 50),
    state     INTEGER  NOT NULL DEFAULT 1
);

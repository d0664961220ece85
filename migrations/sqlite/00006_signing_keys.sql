-- +goose Up
-- The number orders the keys, and two servers that make one at the same time cannot both insert it.
CREATE TABLE IF NOT EXISTS signing_keys (
    number      INTEGER NOT NULL PRIMARY KEY,
    kid         TEXT    NOT NULL COLLATE BINARY UNIQUE,
    algorithm   TEXT    NOT NULL COLLATE BINARY,
    sealed      BLOB    NOT NULL,
    created     INTEGER NOT NULL,
    active_from INTEGER NOT NULL
);

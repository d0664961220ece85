-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_attempts (
    bucket        BLOB    NOT NULL PRIMARY KEY,
    failures      INTEGER NOT NULL,
    running       TEXT    NOT NULL COLLATE BINARY,
    lease         INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    expires       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS gatehouse_attempts_expires ON gatehouse_attempts (expires);

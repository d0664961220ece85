-- +goose Up
CREATE TABLE IF NOT EXISTS blacklist (
    jti     TEXT    NOT NULL COLLATE BINARY PRIMARY KEY,
    expires INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS blacklist_expires ON blacklist (expires);

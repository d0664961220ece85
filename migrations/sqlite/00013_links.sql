-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_links (
    hash    BLOB    NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL COLLATE BINARY,
    user_id INTEGER NOT NULL,
    address TEXT    NOT NULL CONSTRAINT address CHECK (length(address) <= 320),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS gatehouse_links_user ON gatehouse_links (user_id, kind);
CREATE INDEX IF NOT EXISTS gatehouse_links_expires ON gatehouse_links (expires);

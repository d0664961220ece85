-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_meta (
    name  TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
    value BLOB NOT NULL
);

-- +goose Up
-- AUTOINCREMENT: failures are counted by the id, so none is ever used again.
CREATE TABLE IF NOT EXISTS gatehouse_devices (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    hash      BLOB    NOT NULL,
    user_id   INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_devices_hash ON gatehouse_devices (hash, user_id);
CREATE INDEX IF NOT EXISTS gatehouse_devices_user ON gatehouse_devices (user_id);
CREATE INDEX IF NOT EXISTS gatehouse_devices_last_used ON gatehouse_devices (last_used);

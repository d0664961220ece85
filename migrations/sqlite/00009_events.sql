-- +goose Up
-- AUTOINCREMENT: an id tells which event came later, also after the newest were cleared away.
CREATE TABLE IF NOT EXISTS gatehouse_events (
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
CREATE INDEX IF NOT EXISTS gatehouse_events_user ON gatehouse_events (user_id, id);
CREATE INDEX IF NOT EXISTS gatehouse_events_at ON gatehouse_events (at);

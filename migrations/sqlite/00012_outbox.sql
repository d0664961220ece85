-- +goose Up
-- What is to be mailed, to whom and when; never a token or a finished text.
CREATE TABLE IF NOT EXISTS gatehouse_outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL COLLATE BINARY,
    user_id INTEGER,
    address TEXT CONSTRAINT address CHECK (length(address) <= 320),
    created INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    lease   INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS gatehouse_outbox_due ON gatehouse_outbox (due);
CREATE INDEX IF NOT EXISTS gatehouse_outbox_user ON gatehouse_outbox (user_id);

-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS blacklist (
    jti     VARBINARY(64) NOT NULL PRIMARY KEY,
    expires BIGINT        NOT NULL,
    KEY blacklist_expires (expires)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

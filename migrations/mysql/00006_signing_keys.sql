-- +goose NO TRANSACTION
-- +goose Up
-- The number orders the keys, and two servers that make one at the same time cannot both insert it.
CREATE TABLE IF NOT EXISTS signing_keys (
    number      BIGINT         NOT NULL PRIMARY KEY,
    kid         VARBINARY(64)  NOT NULL,
    algorithm   VARBINARY(16)  NOT NULL,
    sealed      VARBINARY(512) NOT NULL,
    created     BIGINT         NOT NULL,
    active_from BIGINT         NOT NULL,
    UNIQUE KEY signing_keys_kid (kid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

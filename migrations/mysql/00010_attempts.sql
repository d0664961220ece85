-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_attempts (
    bucket        BINARY(32)      NOT NULL PRIMARY KEY,
    failures      BIGINT          NOT NULL,
    running       VARBINARY(2048) NOT NULL,
    lease         BIGINT          NOT NULL,
    blocked_until BIGINT          NOT NULL,
    expires       BIGINT          NOT NULL,
    KEY gatehouse_attempts_expires (expires)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

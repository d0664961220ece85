-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_links (
    hash    BINARY(32)    NOT NULL PRIMARY KEY,
    kind    VARBINARY(40) NOT NULL,
    user_id BIGINT        NOT NULL,
    address VARCHAR(320)  NOT NULL,
    created BIGINT        NOT NULL,
    expires BIGINT        NOT NULL,
    KEY gatehouse_links_user (user_id, kind),
    KEY gatehouse_links_expires (expires)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

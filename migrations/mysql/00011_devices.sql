-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_devices (
    id        BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
    hash      BINARY(32) NOT NULL,
    user_id   BIGINT     NOT NULL,
    created   BIGINT     NOT NULL,
    last_used BIGINT     NOT NULL,
    UNIQUE KEY gatehouse_devices_hash (hash, user_id),
    KEY gatehouse_devices_user (user_id),
    KEY gatehouse_devices_last_used (last_used)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

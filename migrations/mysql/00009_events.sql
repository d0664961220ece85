-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS gatehouse_events (
    id         BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at         BIGINT        NOT NULL,
    kind       VARBINARY(40) NOT NULL,
    user_id    BIGINT,
    actor      VARBINARY(16) NOT NULL,
    ip         VARBINARY(64) NOT NULL,
    user_agent VARCHAR(255)  NOT NULL,
    request_id VARBINARY(64) NOT NULL,
    detail     VARCHAR(255)  NOT NULL,
    KEY gatehouse_events_user (user_id, id),
    KEY gatehouse_events_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

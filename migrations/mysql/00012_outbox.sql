-- +goose NO TRANSACTION
-- +goose Up
-- What is to be mailed, to whom and when; never a token or a finished text.
CREATE TABLE IF NOT EXISTS gatehouse_outbox (
    id      BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind    VARBINARY(40) NOT NULL,
    user_id BIGINT,
    address VARCHAR(320),
    created BIGINT        NOT NULL,
    due     BIGINT        NOT NULL,
    tries   INT           NOT NULL,
    lease   BIGINT        NOT NULL,
    KEY gatehouse_outbox_due (due),
    KEY gatehouse_outbox_user (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS sessions (
    id_hash          BINARY(32)      NOT NULL PRIMARY KEY,
    public_id        VARBINARY(32)   NOT NULL,
    user_id          BIGINT          NULL,
    kind             VARBINARY(8)    NOT NULL,
    data             VARBINARY(4096) NULL,
    created          BIGINT          NOT NULL,
    authenticated_at BIGINT          NULL,
    last_seen        BIGINT          NOT NULL,
    idle_expires     BIGINT          NOT NULL,
    absolute_expires BIGINT          NOT NULL,
    remember         SMALLINT        NOT NULL DEFAULT 0,
    ip               VARCHAR(45)     NULL,
    user_agent       VARCHAR(255)    NULL,
    UNIQUE KEY sessions_public_id (public_id),
    KEY sessions_user (user_id, created),
    KEY sessions_absolute_expires (absolute_expires)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- +goose NO TRANSACTION
-- +goose Up
-- An existing table stays as it is; the next migration extends it.
CREATE TABLE IF NOT EXISTS users (
    id        BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email     VARCHAR(254) NOT NULL,
    password  VARCHAR(255) NOT NULL,
    gender    VARCHAR(20)  NULL,
    lastLogin DATETIME     NULL,
    name      VARCHAR(100) NULL,
    role      VARCHAR(50)  NOT NULL DEFAULT 'user',
    state     INT          NOT NULL DEFAULT 1
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

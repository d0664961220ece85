package commands

import (
	"log/slog"
	"time"

	"gatehouse/config"
	"gatehouse/models/password"
)

// newPool makes the pool of hash workers; the caller starts it.
func newPool(cfg config.Config, maxWait time.Duration, log *slog.Logger) *password.Pool {
	return password.NewPool(hashing(cfg, maxWait, log))
}

func hashing(cfg config.Config, maxWait time.Duration, log *slog.Logger) password.Options {
	return password.Options{
		Cost: cfg.BcryptCost, Workers: cfg.HashWorkers, MaxWait: maxWait, Engine: engine(cfg, password.SelfTest, log),
	}
}

// engine falls back to x/crypto where the faster code does not prove itself: the server then hashes more slowly, but
// rightly.
func engine(cfg config.Config, selfTest func() error, log *slog.Logger) password.Engine {
	chosen := password.Engine(cfg.HashEngine)
	if chosen == password.XCrypto {
		return chosen
	}
	if err := selfTest(); err != nil {
		log.Warn("passwords are hashed one at a time, as with hash-engine x-crypto", "cause", err.Error())
		return password.XCrypto
	}
	return chosen
}

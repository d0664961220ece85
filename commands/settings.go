package commands

import (
	"errors"
	"slices"

	"gatehouse/config"
	"gatehouse/db"
)

// checked returns what the settings mean. Its error holds every mistake, those in the options of the database's
// URL too, which only package db knows.
func checked(s config.Settings, env []string) (config.Config, error) {
	cfg, err := s.Check(env)
	var problems config.Problems
	if err != nil && !errors.As(err, &problems) {
		return cfg, err
	}
	known := slices.ContainsFunc(problems, func(p config.Problem) bool { return p.Setting == databaseURL || p.Setting == databaseURL+"-file" })
	if err := db.CheckURL(cfg.Database.URL); err != nil && !known {
		problems = append(problems, config.Problem{Setting: databaseURL, Message: err.Error()})
	}
	if len(problems) > 0 {
		return cfg, problems
	}
	return cfg, nil
}

const databaseURL = "database-url"

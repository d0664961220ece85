package migrations

import (
	"slices"
	"testing"
)

func TestGrantsCountForTheirDatabase(t *testing.T) {
	for grant, want := range map[string][]string{
		"GRANT USAGE ON *.* TO `gh`@`%` IDENTIFIED BY PASSWORD '*0'": {"USAGE"},
		"GRANT ALL PRIVILEGES ON `my_shop`.* TO `gh`@`%`":            {"ALL PRIVILEGES"},
		"GRANT ALL PRIVILEGES ON `my\\_shop`.* TO `gh`@`%`":          {"ALL PRIVILEGES"},
		"GRANT SELECT, CREATE VIEW, ALTER ON `my\\_%`.* TO `gh`@`%`": {"SELECT", "CREATE VIEW", "ALTER"},
		"GRANT ALL PRIVILEGES ON `my_shop2`.* TO `gh`@`%`":           nil,
		"GRANT ALL PRIVILEGES ON `your%`.* TO `gh`@`%`":              nil,
		"GRANT SELECT, DROP ON `my_shop`.`users` TO `gh`@`%`":        nil,
		"GRANT `admin`@`%` TO `gh`@`%`":                              nil,
		"GRANT CREATE, DROP ON *.* TO `gh`@`%` WITH GRANT OPTION":    {"CREATE", "DROP"},
	} {
		if got := grantedOn("my_shop", grant); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", grant, got, want)
		}
	}
}

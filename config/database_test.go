package config

import (
	"strings"
	"testing"
)

func TestDatabaseURL(t *testing.T) {
	tests := []struct {
		settings      Settings
		url, password string // url "" for a mistake
	}{
		{Settings{DatabaseURL: "sqlite:/srv/a.db"}, "sqlite:/srv/a.db", ""},
		{Settings{DatabaseURL: "mysql://u:hush%40@h:3306/n?tls=true"}, "mysql://u@h:3306/n?tls=true", "hush@"},
		{Settings{DatabaseURL: "mysql://u:hush@h/n", DatabasePassword: "other"}, "mysql://u@h/n", "hush"},
		{Settings{DatabaseURL: "mysql://u@h/n", DatabasePassword: " hush "}, "mysql://u@h/n", " hush "},
		{Settings{DatabaseURL: "mysql://u@h/n", DatabasePasswordFile: writeFile(t, "hush\n")}, "mysql://u@h/n", "hush"},
		{Settings{DatabaseURLFile: writeFile(t, "mysql://u:hush@[::1]:3306/n\n")}, "mysql://u@[::1]:3306/n", "hush"},
		{Settings{DatabaseURL: "mysql://u:hush@/n?socket=/run/mysqld.sock"}, "mysql://u@/n?socket=/run/mysqld.sock", "hush"},
		{Settings{DatabaseURL: "sqlite:///srv/a.db"}, "sqlite:///srv/a.db", ""},
		{Settings{DatabaseURL: "sqlite:"}, "", ""},
		{Settings{DatabaseURL: "sqlite://a.db"}, "", ""},
		{Settings{DatabaseURL: "./hush.db"}, "", ""},
		{Settings{DatabaseURL: "postgres://u:hush@h/n"}, "", ""},
		{Settings{DatabaseURL: "u:hush@tcp(h:3306)/n"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:hush@h"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:hush@/n"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:hush%zz@h/n"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:hush/x@h/n"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:1/hush@h/n"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:1/x?hush@h/n"}, "", ""},
		{Settings{DatabaseURL: "mysql://u:1#hush@h/n"}, "", ""},
		{Settings{DatabaseURLFile: writeFile(t, "mysql://u:hush")}, "", ""},
	}
	for _, tt := range tests {
		tt.settings.Secret = goodSecret
		cfg, err := tt.settings.Check(nil)
		if tt.url == "" {
			if err == nil || !strings.HasPrefix(err.Error(), "database-url: ") || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: error = %v, want one that shows no password", string(tt.settings.DatabaseURL), err)
			}
			continue
		}
		if err != nil || cfg.Database.URL != tt.url || cfg.Database.Password != tt.password {
			t.Errorf("%s = %q with password %q, %v; want %q with %q", string(tt.settings.DatabaseURL), cfg.Database.URL, cfg.Database.Password, err, tt.url, tt.password)
		}
	}
}

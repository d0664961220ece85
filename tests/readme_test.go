package tests

import (
	"os"
	"strings"
	"testing"

	"gatehouse/config"
)

func TestReadmeTellsEverySettingWithItsDefault(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if os.IsNotExist(err) {
		t.Skip("there is no README.md yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{} // of the table, by the name of the setting
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		name := strings.TrimPrefix(strings.Trim(cells[1], " `"), "--")
		rows[name] = strings.ReplaceAll(cells[2], "`", "")
	}
	for _, setting := range config.Reference() {
		fallback, ok := rows[setting.Name]
		switch {
		case !ok:
			t.Errorf("the table of settings in README.md lacks %s", setting.Name)
		case setting.Default != "" && !strings.Contains(fallback, setting.Default):
			t.Errorf("README.md says that the default of %s is %q, want %q", setting.Name, strings.TrimSpace(fallback), setting.Default)
		}
	}
}

package tests

import (
	"regexp"
	"strings"
	"testing"

	"gatehouse/config"
)

func TestReadmeTellsEverySettingWithItsDefault(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(example(t, "README.md"), "\n## Settings\n")
	table, _, _ = strings.Cut(table, "\n## ")
	rows := map[string][2]string{} // the default and the meaning, by the name of the setting
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (.*?) \\| (.*) \\|$").FindAllStringSubmatch(table, -1) {
		rows[row[1]] = [2]string{strings.Trim(row[2], " `"), row[3]}
	}
	for _, setting := range config.Reference() {
		row, ok := rows[setting.Name]
		delete(rows, setting.Name)
		switch {
		case !ok:
			t.Errorf("the table of settings in README.md lacks %s", setting.Name)
		case row[0] != setting.Default:
			t.Errorf("README.md says that the default of %s is %q, want %q", setting.Name, row[0], setting.Default)
		case !strings.HasPrefix(row[1], strings.TrimSuffix(setting.Help, ".")):
			t.Errorf("README.md says of %s: %s\n--help says: %s", setting.Name, row[1], setting.Help)
		}
	}
	for name := range rows {
		t.Errorf("README.md tells of %s, which is no setting", name)
	}
}

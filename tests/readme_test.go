package tests

import (
	"os"
	"os/exec"
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

var (
	timeOfDay   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	requestName = regexp.MustCompile(`"requestId":"[a-z0-9]+"`)
	tokenText   = regexp.MustCompile(`"(access|refresh)Token":"eyJ[^"]+"`)
)

// masked hides what differs from run to run.
func masked(s string) string {
	s = timeOfDay.ReplaceAllString(s, "TIME")
	s = tokenText.ReplaceAllString(s, `"${1}Token":"TOKEN"`)
	return strings.TrimSpace(requestName.ReplaceAllString(s, `"requestId":"ID"`))
}

// The curl sessions of the README print what the README shows.
func TestReadmeSessionPrintsWhatItShows(t *testing.T) {
	session := ""
	for _, block := range strings.Split(example(t, "README.md"), "```console\n")[1:] {
		shown, _, _ := strings.Cut(block, "```")
		session += shown
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	each(t, func(t *testing.T, databaseURL string) {
		site := strings.TrimPrefix(inside(t, settings(t, databaseURL)).url, "http://")
		dir := t.TempDir()
		steps := strings.Split(session, "$ ")[1:]
		if len(steps) < 6 {
			t.Errorf("the README shows %d steps", len(steps))
		}
		for _, step := range steps {
			command, want, _ := strings.Cut(step, "\n")
			sh := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(command, "localhost:3000", site)+" -sS")
			sh.Dir, sh.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
			got, err := sh.Output()
			if err != nil || masked(string(got)) != masked(want) {
				t.Errorf("$ %s\nprints %s\nwant   %s (%v)", command, masked(string(got)), masked(want), err)
			}
		}
	})
}

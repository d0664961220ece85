package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
)

const unit = "deploy/systemd/gatehouse.service"

// unitFolder holds the unit as it stands, but for the program, which need not be installed here, and the drop-in of the page.
func unitFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "gatehouse.service"), example(t, unit, "/usr/local/bin/gatehouse serve", "/bin/true serve"))
	if err := os.Mkdir(filepath.Join(dir, "gatehouse.service.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "gatehouse.service.d", "mysql.conf"), dropIn(t))
	return dir
}

// dropIn is the file by which the service gets the password of its database, from docs/deploying.md.
func dropIn(t *testing.T) string {
	t.Helper()
	_, text, found := strings.Cut(strings.Join(blocksUnder(t, example(t, "docs/deploying.md"), "## The service"), ""), "mysql.conf <<'END'\n")
	text, _, ended := strings.Cut(text, "\nEND\n")
	if !found || !ended {
		t.Fatal("docs/deploying.md does not show mysql.conf any more")
	}
	return text
}

func TestTheUnitIsUnderstoodBySystemd(t *testing.T) {
	t.Parallel()
	needPrograms(t, examplesVariable, "systemd-analyze")
	verify := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "gatehouse.service")
	verify.Dir = unitFolder(t)
	if out, err := verify.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v: %s", err, out)
	}
}

// systemd-analyze gives each unit a figure from 0 to 10, of what it could do that it need not; a unit without any of this has 9.6.
func TestTheUnitIsExposedLessThanOnePointFive(t *testing.T) {
	t.Parallel()
	needPrograms(t, examplesVariable, "systemd-analyze")
	security := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", "gatehouse.service")
	security.Dir = unitFolder(t)
	if out, err := security.CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v: %s", err, out)
	}
}

func TestTheUnitNamesSettingsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, s := range config.Reference() {
		known["GATEHOUSE_"+strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))] = true
	}
	for name, text := range map[string]string{unit: example(t, unit), "docs/deploying.md": example(t, "docs/deploying.md")} {
		named := regexp.MustCompile(`GATEHOUSE_[A-Z_]+`).FindAllString(text, -1)
		if len(named) < 3 {
			t.Errorf("%s names %d settings; is the pattern still right?", name, len(named))
		}
		for _, variable := range named {
			if !known[variable] {
				t.Errorf("%s names %s, which is no setting", name, variable)
			}
		}
	}
	if unitHas := regexp.MustCompile(`GATEHOUSE_(SECRET|DATABASE_PASSWORD|DATABASE_URL|JWT_SECRET|SMTP_URL)=`); unitHas.MatchString(example(t, unit) + dropIn(t)) {
		t.Error("the unit holds a secret instead of naming a file: everybody on the machine may read units")
	}
}

// A server that is still answering what it has begun must not be killed.
func TestTheUnitWaitsForTheServerToStop(t *testing.T) {
	t.Parallel()
	found := regexp.MustCompile(`(?m)^TimeoutStopSec=(\S+)$`).FindStringSubmatch(example(t, unit))
	if found == nil {
		t.Fatal("the unit has no TimeoutStopSec")
	}
	waits, err := time.ParseDuration(found[1])
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Settings{}.Check(nil)
	if err != nil {
		t.Fatal(err)
	}
	if least := cfg.ShutdownDelay + cfg.ShutdownTimeout + 5*time.Second; waits < least {
		t.Errorf("TimeoutStopSec = %v, want %v or more", waits, least)
	}
}

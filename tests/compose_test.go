package tests

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// composeFile is what these tests read of docker-compose.yml.
type composeFile struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Ports       []string
		NetworkMode string `yaml:"network_mode"`
		Healthcheck struct{ Test []string }
	}
}

func readCompose(t *testing.T) (composeFile, string) {
	t.Helper()
	text, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file composeFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secrets", "mysql", "gatehouse"} {
		if _, ok := file.Services[name]; !ok {
			t.Fatalf("docker-compose.yml has no service %s", name)
		}
	}
	return file, string(text)
}

func TestComposeFileHoldsNoPasswordAndPublishesToThisMachineOnly(t *testing.T) {
	t.Parallel()
	file, text := readCompose(t)
	ports := 0
	for name, service := range file.Services {
		for variable, value := range service.Environment {
			secret := regexp.MustCompile(`PASSWORD|SECRET|TOKEN|KEY`).MatchString(variable)
			if secret && !strings.HasSuffix(variable, "_FILE") && variable != "MYSQL_RANDOM_ROOT_PASSWORD" {
				t.Errorf("%s: %s holds a secret instead of naming a file", name, variable)
			}
			if u, err := url.Parse(value); err == nil && u.User != nil {
				if _, has := u.User.Password(); has {
					t.Errorf("%s: %s holds a password", name, variable)
				}
			}
		}
		for _, port := range service.Ports {
			ports++
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is not published on 127.0.0.1 only", name, port)
			}
		}
	}
	if ports != 1 || len(file.Services["mysql"].Ports) > 0 {
		t.Errorf("%d ports are published, want the server's alone", ports)
	}
	if file.Services["secrets"].NetworkMode != "none" {
		t.Error("the service that makes the secrets has a network")
	}
	if m := regexp.MustCompile(`[A-Za-z0-9+/]{20,}`).FindAllString(strings.ReplaceAll(text, "/", " "), -1); m != nil {
		t.Errorf("these look like secrets: %q", m)
	}
}

// TestComposeEnvironmentStartsTheServer runs the commands of the compose file with its environment. Only paths and
// addresses are others: the database, its user and the folder of the secrets are the test's.
func TestComposeEnvironmentStartsTheServer(t *testing.T) {
	t.Parallel()
	file, _ := readCompose(t)
	databaseURL := emptyMySQL(t)
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets")
	in := func(text string) string { return strings.ReplaceAll(text, "/secrets/", secrets+"/") }

	var makeSecrets []string
	for _, word := range file.Services["secrets"].Command {
		makeSecrets = append(makeSecrets, in(word))
	}
	for range 2 { // as with every `docker compose up`
		if code, _, said := attempt(t, nil, makeSecrets...); code != 0 {
			t.Fatalf("%v: exit code %d: %s", makeSecrets, code, said)
		}
	}
	passwordFile, err := os.ReadFile(in(file.Services["mysql"].Environment["MYSQL_PASSWORD_FILE"]))
	if err != nil {
		t.Fatal(err)
	}
	// The image's script reads the file as a shell does, without the line end.
	mine := userWithPassword(t, databaseURL, "ALL PRIVILEGES", strings.TrimRight(string(passwordFile), "\n"))
	mysql := file.Services["mysql"].Environment
	theirs := fmt.Sprintf("mysql://%s@mysql:3306/%s", mysql["MYSQL_USER"], mysql["MYSQL_DATABASE"])
	mine.User = url.User(mine.User.Username())

	address := freeAddress(t)
	var env []string
	for name, value := range file.Services["gatehouse"].Environment {
		value = regexp.MustCompile(`\$\{\w+:-([^}]*)\}`).ReplaceAllString(value, "$1")
		switch {
		case name == "GATEHOUSE_LISTEN" && value == "0.0.0.0:3000":
			value = address
		case value == theirs:
			value = mine.String()
		default:
			value = in(value)
		}
		env = append(env, name+"="+value)
	}
	s := process(t, dir, env, "serve")
	if s.shown != "http://localhost:3000" {
		t.Errorf("people reach it at %s, want the published port", s.shown)
	}
	s.url = "http://" + address
	ann := s.member("ann@example.com")
	ann.me().want(http.StatusOK)
	ann.logout().want(http.StatusOK)
	ann.login("ann@example.com").want(http.StatusOK)
	ann.post("/api/users/logout", "", "Origin", "http://localhost:3000").want(http.StatusOK)

	test := file.Services["gatehouse"].Healthcheck.Test
	if len(test) < 2 || test[0] != "CMD" || test[1] != "/gatehouse" {
		t.Fatalf("health check = %v", test)
	}
	if code, out, said := attempt(t, env, test[2:]...); code != 0 || out != "ready\n" {
		t.Errorf("health check: exit code %d: %s%s", code, out, said)
	}
	if strings.Contains(s.stderr.String(), `"level":"WARN"`) {
		t.Errorf("the server warns of the compose file's settings:\n%s", s.stderr)
	}
	s.stop()
	if code, _, _ := attempt(t, env, test[2:]...); code != 1 {
		t.Errorf("health check without a server: exit code %d, want 1", code)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the server wrote %v beside the secrets, on a read-only file system; %v", left, err)
	}
}

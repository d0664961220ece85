package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/db/dbtest"
)

// The curl commands of docs/tokens.md work, one after the other.
func TestCurlCommandsOfTheTokensPageWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	page := example(t, "docs/tokens.md")
	_, rest, _ := strings.Cut(page, "    curl ")
	commands, _, _ := strings.Cut("    curl "+rest, "\n\n")
	each(t, func(t *testing.T, databaseURL string) {
		site := inside(t, settings(t, databaseURL)).url
		env := []string{"PATH=" + os.Getenv("PATH")}
		count := 0
		var last string
		for line := range strings.Lines(commands) {
			command := strings.ReplaceAll(strings.TrimSpace(line), "http://localhost:3000", site)
			if strings.HasPrefix(command, "ACCESS=") {
				var in struct{ AccessToken, RefreshToken string }
				if err := json.Unmarshal([]byte(last), &in); err != nil {
					t.Fatal(err)
				}
				env = append(env, "ACCESS="+in.AccessToken, "REFRESH="+in.RefreshToken)
				continue
			}
			sh := exec.CommandContext(t.Context(), "sh", "-c", command+" -sS --fail-with-body")
			sh.Env = env
			out, err := sh.Output()
			if last = string(out); err != nil {
				t.Errorf("%s: %v: %s", command, err, last)
			}
			count++
		}
		if count != 8 {
			t.Errorf("%d commands, want 8", count)
		}
	})
}

func TestTheTokensPageTellsTheDefaults(t *testing.T) {
	t.Parallel()
	page := example(t, "docs/tokens.md")
	found := 0
	for _, setting := range config.Reference() {
		if _, row, ok := strings.Cut(page, "\n| `--"+setting.Name+"` | "); ok {
			found++
			if told, _, _ := strings.Cut(row, " |"); told != setting.Default {
				t.Errorf("docs/tokens.md says that the default of %s is %s, want %s", setting.Name, told, setting.Default)
			}
		}
	}
	if found != 4 {
		t.Errorf("%d settings are in the table, want 4", found)
	}
}

// fixedNames make tokens of one start good at the next, which has another port.
var fixedNames = []string{"GATEHOUSE_ISSUER=http://localhost:3000", "GATEHOUSE_AUDIENCE=http://localhost:3000", "GATEHOUSE_ACCESS_TTL=1h", "GATEHOUSE_REFRESH_TTL=1h"}

func TestTheServersSecretCanBeChangedInSteps(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		dir := t.TempDir()
		file := filepath.Join(dir, "secret")
		env := append(settings(t, databaseURL, fixedNames...), "GATEHOUSE_SECRET_FILE="+file)
		var secrets [2]string
		for i := range secrets {
			code, text, said := attempt(t, nil, "secrets", "new", "-")
			if code != 0 {
				t.Fatalf("secrets new: exit code %d: %s", code, said)
			}
			secrets[i] = text
		}
		before, next := secrets[0], secrets[1]
		writeFile(t, file, before)
		s := inside(t, env)
		s.member("ann@example.com")
		access, _ := tokensFor(t, s, "ann@example.com")
		s.stop()
		for _, text := range []string{
			before + next, before, before + next, // a server can be a step behind another
			next + before, before + next, next + before,
			next, next + before, next,
		} {
			writeFile(t, file, text)
			s := inside(t, env)
			s.person().get("/api/users/me", "Authorization", "Bearer "+access).want(http.StatusOK)
			s.stop()
		}
		writeFile(t, file, before)
		if code, _, said := attempt(t, env); code != 1 || !strings.Contains(said, "does not belong to this database") {
			t.Errorf("with the old secret alone: exit code %d, want 1 and the reason: %s", code, said)
		}
	})
}

// TestTheSecretsFileIsExtendedAsThePageSays runs the command of docs/tokens.md.
func TestTheSecretsFileIsExtendedAsThePageSays(t *testing.T) {
	t.Parallel()
	const command = "gatehouse secrets new data/next && cat data/secret >> data/next && mv data/next data/secret"
	example(t, "docs/tokens.md", command, "")
	dir := t.TempDir()
	env := []string{"GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_DATA_DIR=" + filepath.Join(dir, "data")}
	inside(t, env).stop()
	file := filepath.Join(dir, "data", "secret")
	before := readFile(t, file)
	if out, err := shell(t, dir, []string{"PATH=" + filepath.Dir(binary(t)) + ":" + os.Getenv("PATH")}, command); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if after := readFile(t, file); len(strings.Fields(after)) != 2 || !strings.HasSuffix(after, before) {
		t.Errorf("the file has %d secrets, want 2 and the old one last", len(strings.Fields(after)))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v (%v), want 0600", info.Mode(), err)
	}
	inside(t, env).stop()
	writeFile(t, file, strings.Fields(readFile(t, file))[0])
	inside(t, env).stop()
}

func TestDeletingKeysAndFamiliesEndsAllTokensAndNoCookie(t *testing.T) {
	page := example(t, "docs/tokens.md")
	statements := []string{"DELETE FROM signing_keys", "DELETE FROM sessions WHERE kind = 'token'"}
	for _, s := range statements {
		if !strings.Contains(page, "    "+s+";\n") {
			t.Errorf("docs/tokens.md does not tell %s", s)
		}
	}
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, fixedNames...)
		s := inside(t, env)
		cookie := s.member("ann@example.com").cookie()
		access, refresh := tokensFor(t, s, "ann@example.com")
		before := publishedKeys(t, s.url)
		forger := signingKeys(t, env, databaseURL)[0]
		s.stop()
		execute(t, dbtest.OpenURL(t, databaseURL).DB, statements...)
		s = inside(t, env)
		if after := publishedKeys(t, s.url); len(after) != 1 || slices.Equal(after, before) {
			t.Errorf("keys %v are published, want one other than %v", after, before)
		}
		for _, text := range []string{access, forger.sign(t, nil)} {
			s.person().get("/api/users/me", "Authorization", "Bearer "+text).want(http.StatusUnauthorized, "token_invalid")
		}
		s.person().post("/auth/refresh", "refreshToken="+refresh).want(http.StatusUnauthorized, "token_invalid")
		s.holder(cookie).me().want(http.StatusOK)
		access, _ = tokensFor(t, s, "ann@example.com")
		s.person().get("/api/users/me", "Authorization", "Bearer "+access).want(http.StatusOK)
	})
}

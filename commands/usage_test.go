package commands_test

import (
	"strings"
	"testing"
)

func TestUnknownWordsAreRefused(t *testing.T) {
	dir := t.TempDir()
	for _, words := range []string{
		"--lisen 127.0.0.1:0", "serve --no-such-flag", "sever", "serve extra", "migrate", "migrate down", "secrets new", "check --listen",
		"users end-sessions", "users end-sessions 1 --all",
	} {
		args := strings.Fields(words)
		o := run(t, []string{"GATEHOUSE_DATA_DIR=" + dir}, args...)
		o.want(2, "gatehouse: ", "\nTry: gatehouse ", "--help\n")
		if o.stdout != "" {
			t.Errorf("%v: stdout = %q, want the message on stderr", args, o.stdout)
		}
	}
	wantEmpty(t, dir)
}

// They begin with a dash, as flags do.
func TestNumbersBelowZeroAreReadAsValues(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir}
	run(t, env, "check", "--session-cache", "-1").want(1, `--session-cache: "-1" is not a whole number from 0 to 10000000`)
	run(t, env, "--db-timeout", "-3s", "--session-limit", "-1").want(2, `--db-timeout: "-3s"`, `--session-limit: "-1"`)
	run(t, env, "events", "--since", "-1h").want(2, "--since: must not be negative")
	run(t, env, "users", "show", "--", "-5").want(1, "there is no database")
	run(t, env, "users", "show", "-5").want(2, "unknown flag -5")
	wantEmpty(t, dir)
}

func TestAMistakeIsToldInPlainWordsWithTheHelpOfItsCommand(t *testing.T) {
	dir := t.TempDir()
	for words, want := range map[string]string{
		"bogus":                       "unexpected argument bogus\nTry: gatehouse --help\n",
		"--listen":                    "--listen needs a value\nTry: gatehouse --help\n",
		"serve --listen":              "--listen needs a value\nTry: gatehouse --help\n",
		"check --listen --pages on":   "--listen needs a value\nTry: gatehouse check --help\n",
		"--listen :3000 check":        "--listen comes after the command: gatehouse check --listen ...\nTry: gatehouse --help\n",
		"events --limit":              "--limit needs a value\nTry: gatehouse events --help\n",
		"events --limit ten":          "--limit: \"ten\" is not a whole number\nTry: gatehouse events --help\n",
		"events --since yesterday":    "--since: \"yesterday\" is not a length of time; write it as 90s, 30m or 168h\nTry: gatehouse events --help\n",
		"users":                       "expected one of \"list\", \"show\", \"add\", \"disable\", \"enable\", ...\nTry: gatehouse users --help\n",
		"users role 1":                "expected \"<role>\"\nTry: gatehouse users role --help\n",
		"users show -5":               "unknown flag -5; put -- before a word that begins with a dash\nTry: gatehouse users show --help\n",
		"users import --format xml -": "users import: --format must be json or csv, not \"xml\"\nTry: gatehouse users import --help\n",
		"migrate down":                "unexpected argument down\nTry: gatehouse migrate --help\n",
	} {
		if o := run(t, []string{"GATEHOUSE_DATA_DIR=" + dir}, strings.Fields(words)...); o.code != 2 || o.stderr != "gatehouse: "+want || o.stdout != "" {
			t.Errorf("%s: code %d, %q and %q, want 2 and %q", words, o.code, o.stdout, o.stderr, want)
		}
	}
	wantEmpty(t, dir)
}

package config

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// program is shaped as package commands is: the settings embedded in a default command.
type program struct {
	Serve struct {
		Settings
		Other string `help:"A flag of the command's own."`
	} `cmd:"" default:"withargs"`
}

func parse(t *testing.T, env []string, args ...string) (Settings, string) {
	t.Helper()
	var p program
	var out bytes.Buffer
	parser, err := kong.New(&p, Environment(env), kong.Name("gatehouse"), kong.Writers(&out, &out), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil && !strings.Contains(strings.Join(args, " "), "--help") {
		t.Fatal(err)
	}
	return p.Serve.Settings, out.String()
}

func TestFlagBeatsEnvironmentBeatsDefault(t *testing.T) {
	env := []string{"GATEHOUSE_LISTEN=:1", "GATEHOUSE_LISTEN=:2", "GATEHOUSE_SIGNUP=closed", "GATEHOUSE_PAGES=", "GATEHOUSE_OTHER=x", "GATEHOUSE_SECRET=-a,b"}
	s, _ := parse(t, env, "--signup=open", "--log-level", "warn")
	for _, tt := range []struct{ name, got, want string }{
		{"later variable", s.Listen, ":2"},
		{"flag over variable", s.Signup, "open"},
		{"empty variable", s.Pages, "on"},
		{"flag over default", s.LogLevel, "warn"},
		{"default", s.SessionIdle, "30m"},
		{"variable with a dash and a comma", string(s.Secret), "-a,b"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestTheEnvironmentOfTheProcessIsNotRead(t *testing.T) {
	for _, setting := range Reference() {
		t.Setenv(setting.Env, "from the process")
	}
	if s, _ := parse(t, nil); s != (Settings{}.withDefaults()) {
		t.Errorf("settings = %+v, want the defaults", s)
	}
}

func TestAFlagThatIsNoSettingReadsNoVariable(t *testing.T) {
	var p program
	parser, err := kong.New(&p, Environment([]string{"GATEHOUSE_OTHER=x"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil || p.Serve.Other != "" {
		t.Errorf("other = %q, %v; want it empty", p.Serve.Other, err)
	}
}

func TestHelpShowsEverySettingWithVariableAndDefault(t *testing.T) {
	_, help := parse(t, []string{"GATEHOUSE_SECRET=hush"}, "serve", "--help")
	words := strings.Join(strings.Fields(help), " ")
	for _, s := range Reference() {
		if !strings.Contains(words, "--"+s.Name+"=") || !strings.Contains(words, "($"+s.Env+").") {
			t.Errorf("help does not show --%s with $%s", s.Name, s.Env)
		}
		if s.Default != "" && !strings.Contains(words, "--"+s.Name+`="`+s.Default+`"`) && !strings.Contains(words, "--"+s.Name+"="+s.Default) {
			t.Errorf("help does not show that --%s is %s unless set", s.Name, s.Default)
		}
	}
	if strings.Contains(help, "hush") {
		t.Error("help shows a secret from the environment")
	}
}

func TestReferenceFollowsTheNamingRule(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, s := range Reference() {
		if !name.MatchString(s.Name) || seen[s.Name] {
			t.Errorf("name %q is odd or there twice", s.Name)
		}
		seen[s.Name] = true
		if want := "GATEHOUSE_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_")); s.Env != want {
			t.Errorf("Env = %q, want %q", s.Env, want)
		}
		if !strings.HasSuffix(s.Help, ".") || strings.Count(s.Help, ". ") > 0 {
			t.Errorf("%s: help is not one sentence: %q", s.Name, s.Help)
		}
	}
}

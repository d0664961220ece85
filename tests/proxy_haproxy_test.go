package tests

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func startHAProxy(t *testing.T, s *site) {
	dir := t.TempDir()
	cert, key, client := certificate(t, dir)
	both := filepath.Join(dir, "site.pem")
	writeFile(t, both, readFile(t, cert)+readFile(t, key))
	writeFile(t, filepath.Join(dir, "gatehouse.lua"), example(t, "deploy/haproxy/gatehouse.lua"))
	before, after, found := strings.Cut(s.openPage(t, 2), "\nbackend welcome")
	if !found {
		t.Fatal("the page for everybody has no backend of its own")
	}
	writeFile(t, filepath.Join(dir, "haproxy.cfg"), example(t, "deploy/haproxy/haproxy.cfg",
		"/etc/haproxy/gatehouse.lua", filepath.Join(dir, "gatehouse.lua"),
		"/etc/haproxy/example.org.pem", both,
		"bind :80\n", "bind "+freeAddress(t)+"\n",
		"bind :443 ", "bind 127.0.0.1:"+port(s.url)+" ",
		"127.0.0.1:3000", strings.TrimPrefix(s.gatehouse.url, "http://"),
		"127.0.0.1:8080", s.app.address,
		"    use_backend gatehouse if own\n", "    "+before+"\n    use_backend gatehouse if own\n",
	)+"\nbackend welcome"+after)
	s.client = client
	startProgram(t, "127.0.0.1:"+port(s.url), dir, nil, "haproxy", "-f", "haproxy.cfg")
}

// An error in Lua must not open the door: HAProxy itself goes on after one.
func TestHAProxyLetsNobodyPassWhenItsScriptFails(t *testing.T) {
	t.Parallel()
	needPrograms(t, "GATEHOUSE_TEST_REQUIRE_PROXIES", "haproxy")
	dir, a, front := t.TempDir(), startApp(t), freeAddress(t)
	writeFile(t, filepath.Join(dir, "gatehouse.lua"),
		example(t, "deploy/haproxy/gatehouse.lua", "local headers = {}", `error("a mistake")`))
	config := example(t, "deploy/haproxy/haproxy.cfg",
		"/etc/haproxy/gatehouse.lua", filepath.Join(dir, "gatehouse.lua"),
		"bind :80\n", "bind "+freeAddress(t)+"\n",
		"bind :443 ssl crt /etc/haproxy/example.org.pem", "bind "+front,
		"127.0.0.1:8080", a.address)
	writeFile(t, filepath.Join(dir, "haproxy.cfg"), config)
	startProgram(t, front, dir, nil, "haproxy", "-f", "haproxy.cfg")
	for _, path := range []string{"/", "/admin-app/"} {
		if res, _ := send(t, browser(t, nil), "GET", "http://"+front+path, ""); res.StatusCode != 503 {
			t.Errorf("%s: status = %d, want 503", path, res.StatusCode)
		}
	}
	if got := a.asked.Load(); got != 0 {
		t.Errorf("the app was asked %d times, want none", got)
	}
}

// Traefik is not run by the tests: its lines are read as YAML, and must ask what the other proxies ask.
func TestTraefiksLinesAskAndCopyWhatTheOthersDo(t *testing.T) {
	t.Parallel()
	blocks := blocksUnder(t, example(t, "docs/behind-a-proxy.md"), "## Traefik")
	if len(blocks) != 1 {
		t.Fatalf("%d blocks under Traefik, want 1", len(blocks))
	}
	var file struct {
		HTTP struct {
			Middlewares map[string]struct {
				ForwardAuth struct {
					Address             string
					AuthResponseHeaders []string `yaml:"authResponseHeaders"`
				} `yaml:"forwardAuth"`
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(blocks[0]), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for name, question := range map[string]string{"gatehouse": "", "gatehouse-admin": "?role=admin"} {
		got := file.HTTP.Middlewares[name].ForwardAuth
		if want := "http://127.0.0.1:3000/api/auth/forward" + question; got.Address != want {
			t.Errorf("%s asks %q, want %q", name, got.Address, want)
		}
		if want := []string{"Remote-User", "Remote-Email", "Remote-Id", "Remote-Name", "Remote-Groups"}; !slices.Equal(got.AuthResponseHeaders, want) {
			t.Errorf("%s copies %q, want %q", name, got.AuthResponseHeaders, want)
		}
	}
}

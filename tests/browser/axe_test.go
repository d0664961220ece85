package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// looks are the windows and the wishes that each page is looked at with.
var looks = []struct {
	name   string
	width  int64
	scheme string
}{
	{"320-light", 320, "light"},
	{"320-dark", 320, "dark"},
	{"1280-light", 1280, "light"},
	{"1280-dark", 1280, "dark"},
}

// inEveryLook calls look with the page as it is in each of them.
func (b *tab) inEveryLook(look func(name string)) {
	b.t.Helper()
	for _, l := range looks {
		b.resize(l.width, 800)
		b.prefer("prefers-color-scheme", l.scheme, "prefers-reduced-motion", "reduce") // no colour on its way to another
		look(l.name)
	}
}

// axe is the text of axe-core, in the version that is locked beside this file.
func axe(t *testing.T) string {
	t.Helper()
	if os.Getenv(requireVariable) == "" {
		t.Skipf("it installs axe-core with npm, which is done only where %s is set", requireVariable)
	}
	needProgram(t, "npm")
	text, err := installedAxe()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var installedAxe = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gatehouse-axe-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc"} {
		text, err := os.ReadFile(name)
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o600)); err != nil {
			return "", err
		}
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	return string(text), err
})

// violations are the rules that the page breaks, as axe sees it, and where.
func (b *tab) violations(axe string) []string {
	b.t.Helper()
	if !eval[bool](b, "typeof axe === 'object'") { // it stays for the next pages
		b.do("bring axe", chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(axe).WithRunImmediately(true).Do(ctx)
			return err
		}))
	}
	return eval[[]string](b, `axe.run({preload: false, resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => r.violations.flatMap(v => v.nodes.map(n =>
		v.id + " (" + v.help + "): " + n.html + " " + n.failureSummary)))`)
}

func TestAxeFindsNoFaultWithAnyPage(t *testing.T) {
	t.Parallel()
	script := axe(t)
	walk(t, func(b *tab, state string) {
		b.inEveryLook(func(look string) {
			for _, v := range b.violations(script) {
				t.Errorf("%s, %s: %s", state, look, v)
			}
		})
	})
}

// What the test above does not find would have been found.
func TestAxeFindsFaults(t *testing.T) {
	t.Parallel()
	script := axe(t)
	site := serve(t, map[string]http.HandlerFunc{
		"/pale":  html(`<style>body { background: #fff } p { color: #ddd }</style><main><h1>A page</h1><p>Pale</p></main>`),
		"/night": html(`<style>@media (prefers-color-scheme: dark) { p { color: #ddd; background: #fff } }</style><main><h1>A page</h1><p>Pale</p></main>`),
		"/field": html(`<main><h1>A page</h1><form><input name=a><button>Send</button></form></main>`),
		"/near":  html(`<style>button { width: 12px; height: 12px; padding: 0; border: 0 }</style><main><h1>A page</h1><button>A</button><button>B</button></main>`),
		"/good":  html(`<main><h1>A page</h1><p>Good</p></main>`),
	})
	b := newTab(t, site)
	for path, want := range map[string]struct {
		rule  string
		looks int
	}{
		"/pale": {"color-contrast", 4}, "/night": {"color-contrast", 2}, "/field": {"label", 4}, "/near": {"target-size", 4}, "/good": {},
	} {
		b.open(path)
		found := 0
		b.inEveryLook(func(look string) {
			all := b.violations(script)
			if want.rule == "" && len(all) > 0 {
				t.Errorf("%s, %s: %q", path, look, all)
			}
			if slices.ContainsFunc(all, func(v string) bool { return strings.HasPrefix(v, want.rule+" ") }) {
				found++
			}
		})
		if found != want.looks {
			t.Errorf("%s: %q was found %d times, want %d", path, want.rule, found, want.looks)
		}
	}
}

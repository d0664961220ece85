// Package browser holds the tests that need a real browser: what a page does there, and what a browser lets other sites do.
// Each test has the whole program, and a Chromium profile of its own in the one Chromium of the test binary.
package browser

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// requireVariable makes a failure of what is otherwise skipped: no browser, no npm.
const requireVariable = "GATEHOUSE_TEST_REQUIRE_BROWSER"

// chromium is the browser while it runs: started by the first test that needs it, ended after the last.
var chromium struct {
	sync.Mutex
	ctx  context.Context
	dir  string
	stop func()
}

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "4") // the command line may still say otherwise
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
		_ = os.RemoveAll(chromium.dir)
	}
	os.Exit(code)
}

// needProgram returns the path of a program, or ends the test that needs it.
func needProgram(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(requireVariable) != "" {
		t.Fatalf("%s is not installed, and %s is set", names[0], requireVariable)
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

func needChromium(t *testing.T) (path string) {
	t.Helper()
	return needProgram(t, "chromium", "chromium-browser", "google-chrome")
}

// running returns the context of the browser.
func running(t *testing.T) context.Context {
	t.Helper()
	path := needChromium(t)
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	dir, err := os.MkdirTemp("", "gatehouse-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	outer, kill := chromedp.NewExecAllocator(context.Background(), flags(path, dir)...)
	ctx, _ := chromedp.NewContext(outer)
	if err := chromedp.Run(ctx); err != nil {
		kill()
		_ = os.RemoveAll(dir)
		t.Fatalf("start %s: %v", path, err)
	}
	chromium.ctx, chromium.dir = ctx, dir
	chromium.stop = func() {
		patient, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_ = chromedp.Cancel(patient)
		kill() // ends the process, if it is still there, and waits for it
	}
	return ctx
}

// flags start a browser that stores nothing elsewhere, reaches nothing but this machine, and behaves as one on a desk does:
// what is switched off there would talk to its maker.
func flags(path, dir string) []chromedp.ExecAllocatorOption {
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Env("TMPDIR=" + dir),
		chromedp.Flag("host-resolver-rules", "MAP * 127.0.0.1"), // every name is this machine
		chromedp.Flag("ignore-certificate-errors", true),        // those of the tests are made by nobody
		// The last ones prepare for a person who is not there.
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints,MediaRouter,Translate,"+
			"WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"),
	}
	for _, name := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars", "mute-audio", "no-first-run", "no-default-browser-check",
		"no-proxy-server", "disable-background-networking", "disable-component-update", "disable-sync", "disable-breakpad", "disable-crash-reporter",
		"disable-extensions", "disable-default-apps", "disable-renderer-backgrounding", "disable-background-timer-throttling",
		"disable-backgrounding-occluded-windows", "disable-hang-monitor", "metrics-recording-only",
	} {
		options = append(options, chromedp.Flag(name, true))
	}
	return options
}

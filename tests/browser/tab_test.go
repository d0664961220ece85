package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// patience is how long a tab may take for one act. A busy machine is not what is tested.
const patience = 30 * time.Second

// tab is a tab in a browser that has nothing else open. What it meets is in its watch.
type tab struct {
	*watch
	t    *testing.T
	ctx  context.Context
	site string // what paths are added to
}

// newTab opens a browser as it comes from the shop, without a cookie.
func newTab(t *testing.T, site string) *tab {
	t.Helper()
	root := running(t)
	whole := cdp.WithExecutor(root, chromedp.FromContext(root).Browser)
	profile, err := target.CreateBrowserContext().Do(whole)
	if err != nil {
		t.Fatal(err)
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(whole)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := chromedp.NewContext(root, chromedp.WithTargetID(id))
	t.Cleanup(func() {
		end()
		_ = target.DisposeBrowserContext(profile).Do(whole)
	})
	b := &tab{t: t, ctx: ctx, site: site, watch: &watch{}}
	// The first run's context ends the tab, so it must not be one with a time limit.
	if err := chromedp.Run(ctx, audits.Enable()); err != nil {
		t.Fatal(err)
	}
	chromedp.ListenTarget(ctx, b.notice)
	b.resize(1280, 800)
	return b
}

// do runs actions of the browser's protocol, and ends the test where one fails.
func (b *tab) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.fail("%s: %v", what, err)
	}
}

// load does what makes the tab load a page, and returns the status of that page.
func (b *tab) load(what string, actions ...chromedp.Action) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		b.fail("%s: %v", what, err)
	}
	return int(response.Status)
}

// fail ends the test, with what can be seen.
func (b *tab) fail(format string, args ...any) {
	b.t.Helper()
	var text, address string
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	_ = chromedp.Run(ctx, chromedp.Evaluate("document.body.innerText", &text), chromedp.Evaluate("location.href", &address))
	b.t.Fatalf("%s\nThe tab shows %s:\n%s", fmt.Sprintf(format, args...), address, text)
}

// open goes to a path of the site, or to a whole address, as somebody does who types it.
func (b *tab) open(path string) int {
	b.t.Helper()
	if !strings.Contains(path, "://") {
		path = b.site + path
	}
	return b.load("open "+path, chromedp.ActionFunc(func(ctx context.Context) error {
		_, _, _, _, err := page.Navigate(path).Do(ctx)
		return err
	}))
}

// fill types into a field, in place of what it holds.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.do("fill "+selector, b.on(selector, func(ctx context.Context, id runtime.RemoteObjectID) error {
		return dom.Focus().WithObjectID(id).Do(ctx)
	}), input.DispatchKeyEvent(input.KeyRawDown).WithCommands([]string{"selectAll"}), input.InsertText(text))
}

// click presses the mouse on an element that opens a page, and returns the status of that page.
func (b *tab) click(selector string) int {
	b.t.Helper()
	return b.load("click "+selector, b.mouse(selector))
}

// submit presses the button of the form that has the field of this id.
func (b *tab) submit(field string) int {
	b.t.Helper()
	return b.click("form:has(#" + field + ") button")
}

func (b *tab) mouse(selector string) chromedp.Action {
	return b.on(selector, func(ctx context.Context, id runtime.RemoteObjectID) error {
		if err := dom.ScrollIntoViewIfNeeded().WithObjectID(id).Do(ctx); err != nil {
			return err
		}
		quads, err := dom.GetContentQuads().WithObjectID(id).Do(ctx)
		if err != nil {
			return err
		}
		if len(quads) == 0 {
			return fmt.Errorf("%s cannot be seen", selector)
		}
		q := quads[0] // four corners
		return chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2).Do(ctx)
	})
}

// on finds an element by the browser's protocol, which may evaluate also where the page's own scripts do not run.
func (b *tab) on(selector string, act func(ctx context.Context, id runtime.RemoteObjectID) error) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		found, _, err := runtime.Evaluate(fmt.Sprintf("document.querySelector(%q)", selector)).Do(ctx)
		if err != nil {
			return err
		}
		if found.ObjectID == "" {
			return fmt.Errorf("no element is %s", selector)
		}
		return act(ctx, found.ObjectID)
	})
}

// eval asks the page something.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	var result T
	b.do(expression, chromedp.Evaluate(expression, &result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true)
	}))
	return result
}

// text is what somebody reads on the page.
func (b *tab) text() string {
	b.t.Helper()
	return eval[string](b, "document.body.innerText")
}

// path is where the tab is, with the query.
func (b *tab) path() string {
	b.t.Helper()
	return eval[string](b, "location.pathname + location.search")
}

// has reports whether the page has such an element.
func (b *tab) has(selector string) bool {
	b.t.Helper()
	return eval[bool](b, fmt.Sprintf("document.querySelector(%q) !== null", selector))
}

// at wants the tab to be there, and to show this text.
func (b *tab) at(path, text string) {
	b.t.Helper()
	if is := b.path(); is != path || !strings.Contains(b.text(), text) {
		b.fail("the tab is at %s, want %s with the text %q", is, path, text)
	}
}

func (b *tab) resize(width, height int64) {
	b.t.Helper()
	b.do("resize", emulation.SetDeviceMetricsOverride(width, height, 1, false))
}

// prefer sets what the person has told the browser about pages: names and values of media features, and no others.
func (b *tab) prefer(features ...string) {
	b.t.Helper()
	var all []*emulation.MediaFeature
	for i := 0; i < len(features); i += 2 {
		all = append(all, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	b.do("prefer", emulation.SetEmulatedMedia().WithFeatures(all))
}

// cookies are all that the browser keeps.
func (b *tab) cookies() []*network.Cookie {
	b.t.Helper()
	var all []*network.Cookie
	b.do("read the cookies", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		all, err = network.GetCookies().WithURLs([]string{b.site + "/"}).Do(ctx)
		return err
	}))
	return all
}

// disableScripts is what careful people set.
func (b *tab) disableScripts() {
	b.t.Helper()
	b.do("disable scripts", emulation.SetScriptExecutionDisabled(true))
}

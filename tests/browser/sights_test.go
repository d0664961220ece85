package browser

import (
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// sight is a page in one of its states, as somebody with a browser can look at it.
type sight struct {
	state string
	seen
	site   string
	jar    []*network.Cookie
	kept   []string // what scripts could read
	wide   []string // elements that do not fit into a window of 320 px
	moving []string // elements that move although nobody wants it
	loose  []string // elements that point to one which is not there or says nothing
}

var sights struct {
	sync.Once
	all  []sight
	done bool
}

// everyPage returns what one walk has seen; several tests judge it.
func everyPage(t *testing.T) []sight {
	t.Helper()
	needChromium(t)
	sights.Do(func() {
		walk(t, func(b *tab, state string) {
			s := sight{state: state, site: b.site, jar: b.cookies()}
			b.text() // whatever the page did is told before the answer
			s.seen = b.take()
			s.kept = eval[[]string](b, kept)
			s.loose = eval[[]string](b, loose)
			b.resize(320, 640)
			s.wide = eval[[]string](b, tooWide)
			b.resize(1280, 800)
			b.prefer("prefers-reduced-motion", "reduce")
			s.moving = eval[[]string](b, moving)
			b.prefer()
			s.requests = append(s.requests, b.take().requests...) // the browser may complain of our questions
			sights.all = append(sights.all, s)
		})
		sights.done = true
	})
	if !sights.done {
		t.Fatal("the walk to every page has failed")
	}
	return sights.all
}

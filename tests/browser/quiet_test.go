package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// The most bytes that a page and its style sheet may have together, as the browser unpacks them.
const heaviest = 30_000

// The content policy of pages allows no script at all, so a browser that reports nothing has met none.
func TestPagesAskForTheirStyleSheetAloneAndBreakNoRule(t *testing.T) {
	t.Parallel()
	for _, s := range everyPage(t) {
		for _, c := range s.complaints {
			// Who opens a link is not told whose account it is for.
			if strings.Contains(c, "username fields") && (strings.HasPrefix(s.state, "reset") || strings.HasPrefix(s.state, "required-verify")) {
				continue
			}
			t.Errorf("%s: the browser complains of %s", s.state, c)
		}
		var page asked
		var sheets []asked
		for _, r := range s.requests {
			switch {
			case r.kind == network.ResourceTypeDocument:
				page = r
			case strings.HasPrefix(r.url, "data:"): // a browser's own picture in a field for a day
			default:
				sheets = append(sheets, r)
			}
		}
		if len(sheets) != 1 || sheets[0].kind != network.ResourceTypeStylesheet || !strings.HasPrefix(sheets[0].url, s.site+"/gatehouse/style.css?v=") {
			t.Errorf("%s: beside the page the browser asked for %+v", s.state, sheets)
			continue
		}
		if page.plain == 0 || sheets[0].plain == 0 || page.plain+sheets[0].plain >= heaviest {
			t.Errorf("%s: the page has %d bytes and its style sheet %d, want less than %d", s.state, page.plain, sheets[0].plain, heaviest)
		}
	}
}

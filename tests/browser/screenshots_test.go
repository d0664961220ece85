package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

const screenshots = "GATEHOUSE_SCREENSHOTS"

// TestScreenshots checks nothing: it writes pictures of all pages into a folder, for somebody to look at.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv(screenshots)
	if dir == "" {
		return // not a skip: nothing is missing
	}
	t.Parallel()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	walk(t, func(b *tab, state string) {
		b.inEveryLook(func(look string) {
			var png []byte
			b.do("take a picture", chromedp.FullScreenshot(&png, 100))
			if err := os.WriteFile(filepath.Join(dir, state+"-"+look+".png"), png, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	})
}

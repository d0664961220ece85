package browser

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// asked is a request that a tab has made. A redirection is a request of its own, with the same id.
type asked struct {
	id          network.RequestID
	kind        network.ResourceType
	method, url string
	plain       int64 // bytes of the answer, as the page has them
}

// seen is what a tab has reported since somebody last took it.
type seen struct {
	requests   []asked
	complaints []string // of the console, the content policy, scripts and the browser's own audits
	cookies    []string // Set-Cookie, of whatever answer
}

type watch struct {
	mu   sync.Mutex
	seen seen
}

// take returns what has been reported, and forgets it.
func (w *watch) take() seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.seen
	w.seen = seen{}
	return taken
}

func (w *watch) notice(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.seen.requests = append(w.seen.requests, asked{id: e.RequestID, kind: e.Type, method: e.Request.Method, url: e.Request.URL})
	case *network.EventDataReceived:
		w.seen.count(e.RequestID, e.DataLength)
	case *network.EventResponseReceivedExtraInfo:
		for name, value := range e.Headers {
			if strings.EqualFold(name, "Set-Cookie") {
				w.seen.cookies = append(w.seen.cookies, fmt.Sprint(value))
			}
		}
	case *network.EventLoadingFailed:
		w.seen.complain("request failed: %s %s", e.Type, e.ErrorText)
	case *log.EventEntryAdded:
		if !harmless(e.Entry) {
			w.seen.complain("%s %s: %s (%s)", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		w.seen.complain("console.%s", e.Type)
	case *runtime.EventExceptionThrown:
		w.seen.complain("script: %s", e.ExceptionDetails.Text)
	case *audits.EventIssueAdded:
		details, err := json.Marshal(e.Issue.Details)
		w.seen.complain("%s: %s %v", e.Issue.Code, details, err)
	}
}

func (s *seen) complain(format string, args ...any) {
	s.complaints = append(s.complaints, fmt.Sprintf(format, args...))
}

// count adds to the newest request of this id.
func (s *seen) count(id network.RequestID, plain int64) {
	for i := len(s.requests) - 1; i >= 0; i-- {
		if r := &s.requests[i]; r.id == id {
			r.plain += plain
			return
		}
	}
}

// harmless is what the browser tells of pages that do as they should: that one tells of a mistake with its status, and that
// the browser has forgotten what it was asked to forget.
func harmless(e *log.Entry) bool {
	return e.Source == log.SourceNetwork && strings.HasPrefix(e.Text, "Failed to load resource: the server responded with a status of 4") ||
		e.Level == log.LevelInfo && strings.HasPrefix(e.Text, "Clear-Site-Data header")
}

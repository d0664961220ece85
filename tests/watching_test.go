package tests

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

var metricsAt = regexp.MustCompile(`(?m)^Metrics are at (http\S+)/metrics$`)

// watched runs a server whose metrics can be read, and returns how.
func watched(t *testing.T, databaseURL string, more ...string) (*server, func() scrape) {
	t.Helper()
	s := inside(t, settings(t, databaseURL, append(more, "GATEHOUSE_METRICS_LISTEN=127.0.0.1:0")...))
	m := metricsAt.FindStringSubmatch(s.stdout.String())
	if m == nil {
		t.Fatalf("the server does not say where its metrics are:\n%s", s.stdout)
	}
	prometheus := &person{t: t, url: m[1], http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}}
	return s, func() scrape {
		t.Helper()
		return parseScrape(t, prometheus.get("/metrics").want(http.StatusOK).body)
	}
}

// scrape is what Prometheus reads: each family by name, each figure by its name with its labels.
type scrape struct {
	text     string
	families map[string]*family
	figures  map[string]string
}

type family struct {
	kind   string
	labels []string // without le
}

var (
	sample    = regexp.MustCompile(`^(\w+)(\{.*\})? (\S+)$`)
	labelName = regexp.MustCompile(`[{,](\w+)="`)
)

func parseScrape(t *testing.T, text string) scrape {
	t.Helper()
	s := scrape{text, map[string]*family{}, map[string]string{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if about, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(about, " ")
			s.families[name] = &family{kind: kind}
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("not a sample: %q", line)
		}
		s.figures[m[1]+m[2]] = m[3]
		of := s.families[familyOf(m[1])]
		if of == nil {
			of = s.families[m[1]]
		}
		for _, label := range labelName.FindAllStringSubmatch(m[2], -1) {
			if label[1] != "le" && !slices.Contains(of.labels, label[1]) {
				of.labels = append(of.labels, label[1])
			}
		}
	}
	return s
}

var ofHistogram = regexp.MustCompile(`_(bucket|sum|count)$`)

func familyOf(name string) string { return ofHistogram.ReplaceAllString(name, "") }

// sampled waits until what is counted once a minute has been counted at the start.
func sampled(t *testing.T, read func() scrape) scrape {
	t.Helper()
	var s scrape
	until(t, "sessions and mails are counted", func() bool {
		s = read()
		return s.figures["gatehouse_sessions"] != "" && s.figures["gatehouse_mails_waiting"] != ""
	})
	return s
}

func TestMetricsTellWhatHappened(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		s, read := watched(t, databaseURL, "GATEHOUSE_SIGNUP_LIMIT=2")
		before := sampled(t, read)
		ann := s.member("ann@example.com")
		ann.login("ann@example.com").want(http.StatusOK)
		ann.me().want(http.StatusOK)
		ann.send(http.MethodHead, "/api/users/me", "").want(http.StatusOK)
		s.person().post("/api/users/login", credentials("ann@example.com", "wrong battery")).want(http.StatusUnauthorized)
		s.person().post("/login", credentials("ann@example.com", "wrong battery")).want(http.StatusUnauthorized)
		s.person().post("/auth/login", credentials("ann@example.com", password)).want(http.StatusOK)
		s.person().post("/api/users/login", "email=x").want(http.StatusUnprocessableEntity)
		s.person().post("/api/users/signup", credentials("ann@example.com", password)).want(http.StatusConflict)
		s.person().post("/api/users/signup", credentials("ben@example.com", password)).want(http.StatusTooManyRequests)
		after := read()
		for figure, want := range map[string]string{
			`gatehouse_http_requests_total{code="200",method="GET",route="/api/users/me"}`:          "1",
			`gatehouse_http_requests_total{code="200",method="HEAD",route="/api/users/me"}`:         "1",
			`gatehouse_http_requests_total{code="401",method="POST",route="/api/users/login"}`:      "1",
			`gatehouse_http_requests_total{code="429",method="POST",route="/api/users/signup"}`:     "1",
			`gatehouse_http_request_duration_seconds_count{method="POST",route="/api/users/login"}`: "3",
			`gatehouse_sign_ins_total{kind="cookie",result="ok"}`:                                   "1",
			`gatehouse_sign_ins_total{kind="cookie",result="wrong"}`:                                "2",
			`gatehouse_sign_ins_total{kind="token",result="ok"}`:                                    "1",
			`gatehouse_sign_ins_total{kind="token",result="wrong"}`:                                 "0",
			`gatehouse_throttled_total{limit="sign-up"}`:                                            "1",
			`gatehouse_throttled_total{limit="account"}`:                                            "0",
			`gatehouse_hash_queue_depth`:                                                            "0",
			`gatehouse_hash_wait_seconds_count`:                                                     after.figures["gatehouse_hashes_total"],
		} {
			if got := after.figures[figure]; got != want {
				t.Errorf("%s = %q, want %q", figure, got, want)
			}
		}
		for _, rising := range []string{"gatehouse_hashes_total", "gatehouse_db_statements_total", "process_cpu_seconds_total"} {
			if after.figures[rising] == before.figures[rising] || after.figures[rising] == "" {
				t.Errorf("%s was %q and is %q", rising, before.figures[rising], after.figures[rising])
			}
		}
		s.person().get("/metrics").want(http.StatusNotFound, "not_found")
		s.stop()
		if c, err := (&http.Client{Timeout: time.Second}).Get(metricsAt.FindStringSubmatch(s.stdout.String())[1] + "/metrics"); err == nil {
			_ = c.Body.Close()
			t.Error("metrics are shown after the server has ended")
		}
	})
}

// TestVisitorsMakeNoMetrics sends paths, methods, hosts and names that were made up. No label holds one, and none makes a series.
func TestVisitorsMakeNoMetrics(t *testing.T) {
	t.Parallel()
	s, read := watched(t, dbtest.EmptyURL(t, db.SQLite))
	sampled(t, read)
	odd := func(round string) {
		ann := s.person()
		for _, n := range []string{"1", "2", "3", "4"} {
			made := "ODD" + round + n
			ann.get("/"+made+"?"+made, "User-Agent", made, "Host", made, "X-Forwarded-For", made).want(http.StatusNotFound)
			ann.get("/api/users/sessions/" + made).want(http.StatusMethodNotAllowed)
			ann.send(http.MethodDelete, "/api/users/sessions/"+made, "").want(http.StatusUnauthorized)
			ann.send(made, "/api/users/me", "").want(http.StatusMethodNotAllowed)
			ann.send(made, "/"+made, "").want(http.StatusNotFound)
			ann.post("/api/users/login", credentials(made+"@example.com", made)).want(http.StatusUnauthorized)
			ann.post("/auth/login", credentials(made+"@example.com", made)).want(http.StatusUnauthorized)
			ann.get("/api/users/me", "Authorization", "Bearer "+made, "Cookie", "gatehouse="+made).want(http.StatusUnauthorized)
		}
	}
	odd("a")
	before := read()
	odd("b")
	after := read()
	if len(after.figures) != len(before.figures) {
		t.Errorf("%d series became %d", len(before.figures), len(after.figures))
	}
	if strings.Contains(strings.ToUpper(after.text), "ODD") {
		t.Errorf("what a visitor made up is in the metrics:\n%s", after.text)
	}
	if got := after.figures[`gatehouse_http_requests_total{code="405",method="other",route="other"}`]; got != "8" {
		t.Errorf("%q requests with made-up methods are counted, want 8", got)
	}
}

func TestMetricsHoldNoSecret(t *testing.T) {
	t.Parallel()
	s, read := watched(t, dbtest.EmptyURL(t, db.SQLite))
	sampled(t, read)
	secrets := map[string]string{"password": password, "address": "example.com"}
	for _, b := range useTokens(t, s) {
		secrets["access token"+b.access], secrets["refresh token"+b.refresh] = b.access, b.refresh
	}
	ben := s.member("ben@example.com")
	secrets["cookie"] = ben.cookie()
	ben.logout().want(http.StatusOK)
	text := read().text
	for name, value := range secrets {
		if value == "" || strings.Contains(text, value) {
			t.Errorf("the %s is in the metrics", name)
		}
	}
	for name, value := range secrets { // a mistake that shows a part would not show all
		if len(value) > 40 && strings.Contains(text, value[len(value)-40:]) {
			t.Errorf("a part of the %s is in the metrics", name)
		}
	}
}

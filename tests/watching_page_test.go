package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// everyMetric is a scrape in which each metric of ours has a figure.
func everyMetric(t *testing.T) scrape {
	t.Helper()
	s, read := watched(t, dbtest.EmptyURL(t, db.SQLite))
	s.member("ann@example.com").me().want(http.StatusOK)
	return sampled(t, read)
}

var (
	ours   = regexp.MustCompile(`\bgatehouse_[a-z_]+`)
	quoted = regexp.MustCompile("`([^`]+)`")
)

func TestThePageTellsEveryMetric(t *testing.T) {
	t.Parallel()
	page, found := example(t, "docs/watching.md"), everyMetric(t)
	told := map[string]bool{}
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " `gatehouse_") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		told[name] = true
		f := found.families[name]
		if f == nil {
			t.Errorf("the page tells of %s, which there is not", name)
			continue
		}
		var labels []string
		for _, label := range quoted.FindAllStringSubmatch(cells[3], -1) {
			labels = append(labels, label[1])
		}
		slices.Sort(labels)
		slices.Sort(f.labels)
		if f.kind != strings.TrimSpace(cells[2]) || !slices.Equal(f.labels, labels) {
			t.Errorf("%s is a %s with %q, and the page says %s with %q", name, f.kind, f.labels, cells[2], labels)
		}
	}
	for name := range found.families {
		if strings.HasPrefix(name, "gatehouse_") && !told[name] {
			t.Errorf("the page does not tell of %s", name)
		}
	}
	for _, name := range ours.FindAllString(page, -1) {
		if found.families[name] == nil {
			t.Errorf("the page names %s, which there is not", name)
		}
	}
}

// dashboard is the part of Grafana's format that asks Prometheus.
type dashboard struct {
	Title  string
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
}

var (
	asked   = regexp.MustCompile(`\b(?:gatehouse|go|process)_[a-z_]+`)
	grouped = regexp.MustCompile(`by \(([^)]*)\)`)
)

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../deploy/grafana/gatehouse.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	found := everyMetric(t)
	shown := map[string]bool{}
	for _, p := range d.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("%q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			names := asked.FindAllString(target.Expr, -1)
			if len(names) != 1 || !strings.Contains(target.Expr, `{job=~"$job"}`) {
				t.Errorf("%q: %s asks for %q, want one metric of the chosen job", p.Title, target.Expr, names)
				continue
			}
			name := names[0]
			if !strings.Contains(found.text, "\n"+name+" ") && !strings.Contains(found.text, "\n"+name+"{") {
				t.Errorf("%q asks for %s, which there is not", p.Title, name)
				continue
			}
			of := familyOf(name)
			shown[of] = true
			for _, by := range grouped.FindAllStringSubmatch(target.Expr, -1) {
				for _, label := range strings.Split(by[1], ", ") {
					if label != "le" && !slices.Contains(found.families[of].labels, label) {
						t.Errorf("%q: %s has no label %q", p.Title, name, label)
					}
				}
			}
		}
	}
	for name := range found.families {
		if strings.HasPrefix(name, "gatehouse_") && !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

func TestThePageTellsTheFieldsOfTheLog(t *testing.T) {
	t.Parallel()
	page := example(t, "docs/watching.md")
	told := map[string][]string{}
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			continue
		}
		for _, field := range quoted.FindAllStringSubmatch(cells[2], -1) {
			name := strings.Trim(cells[1], " `")
			told[name] = append(told[name], field[1])
		}
	}
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite), "GATEHOUSE_SIGNUP_LIMIT=6"))
	useTokens(t, s)
	ann := s.member("ben@example.com")
	ann.logout().want(http.StatusOK)
	ann.post("/api/users/login", credentials("ben@example.com", password), "Origin", "http://evil.example").want(http.StatusForbidden)
	for range 6 {
		ann.post("/api/users/signup", credentials("cat@example.com", password))
	}
	s.stop()
	seen := map[string]bool{}
	for line := range strings.Lines(s.stderr.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		of, _ := fields["msg"].(string)
		if told[of] == nil {
			continue
		}
		for field := range fields {
			seen[of+" "+field] = true
			if !slices.Contains([]string{"time", "level", "msg"}, field) && !slices.Contains(told[of], field) {
				t.Errorf("the page does not tell of %q in %s", field, line)
			}
		}
	}
	for _, want := range []string{"request cause", "security event user", "security event origin", "security event by", "security event scope", "security event kind"} {
		if !seen[want] {
			t.Errorf("the log never had %q, so the page was not compared with it", want)
		}
	}
}

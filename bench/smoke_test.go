package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The command works, from the start of every server to the page, the figures and the plot.
func TestAQuickRunFillsThePage(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	program := filepath.Join(dir, "gatehouse")
	if out, err := exec.Command("go", "build", "-o", program, "gatehouse").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	page := filepath.Join(dir, "performance.md")
	if err := os.WriteFile(page, []byte("before\n"+figuresPlace.begin+"OUTDATED\n"+figuresPlace.end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runCommand{settings: settings{Quick: true, Program: program}, Docs: dir}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}

	var found results
	text, err := os.ReadFile(filepath.Join(dir, "performance.json"))
	if err = errors.Join(err, json.Unmarshal(text, &found)); err != nil {
		t.Fatal(err)
	}
	for _, m := range measures {
		if m.name == "overflow" { // cheap hashes may leave nobody waiting
			continue
		}
		if got, want := found.contenders(m.name), "Gatehouse, SQLite"; !slices.Contains(got, want) {
			t.Errorf("%s was measured of %q, want %q too", m.name, got, want)
		}
	}
	for _, name := range []string{base, "Gatehouse, SQLite"} {
		for _, measure := range []string{"checks", "logins"} {
			if rounds := found.of(measure, name, perSecond); len(rounds) == 0 || slices.Min(rounds) <= 0 {
				t.Errorf("%s of %s: %v a second, want rounds above 0", measure, name, rounds)
			}
		}
	}

	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"before\n", "\nafter\n", "| Gatehouse, SQLite |", "bcrypt cost 4"} {
		if !strings.Contains(string(written), part) {
			t.Errorf("the page lacks %q:\n%s", part, written)
		}
	}
	if strings.Contains(string(written), "OUTDATED") {
		t.Error("the page still has its old figures")
	}
	svg, err := os.ReadFile(filepath.Join(dir, "performance.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if texts := svgTexts(t, string(svg)); !slices.Contains(texts, "Gatehouse, SQLite") {
		t.Errorf("the plot says %q", texts)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "gatehouse-bench-*")); len(left) > 0 {
		t.Errorf("%q are left behind", left)
	}
}

// svgTexts parses a plot and returns all texts in it.
func svgTexts(t *testing.T, svg string) []string {
	t.Helper()
	var texts []string
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("the plot is no XML: %v\n%s", err, svg)
		}
		if chars, ok := token.(xml.CharData); ok {
			texts = append(texts, string(chars))
		}
	}
}

package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const collection = "docs/gatehouse.postman_collection.json"

// The collection's own tests are run as its readers run them, by newman.
func TestThePostmanCollectionRuns(t *testing.T) {
	text := example(t, collection)
	file, err := filepath.Abs(filepath.Join("..", collection))
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, databaseURL string) {
		dir := installed(t, postmanPackages)
		s := inside(t, settings(t, databaseURL))
		results := filepath.Join(t.TempDir(), "results.json")
		run(t, dir, "node", filepath.Join("node_modules", "newman", "bin", "newman.js"), "run", file,
			"--env-var", "baseUrl="+s.url, "--reporters", "cli,json", "--reporter-json-export", results)
		// It ends well also where it has run nothing.
		written, err := os.ReadFile(results)
		if err != nil {
			t.Fatal(err)
		}
		type counted struct{ Total, Failed int }
		var got struct {
			Run struct {
				Stats struct{ Requests, Assertions, TestScripts counted }
			}
		}
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatal(err)
		}
		stats := got.Run.Stats
		if want := strings.Count(text, `"method":`); stats.Requests != (counted{want, 0}) || want != 14 {
			t.Errorf("requests = %+v, want 14 of %d", stats.Requests, want)
		}
		if want := strings.Count(text, "pm.test("); stats.Assertions != (counted{want, 0}) || want < 30 {
			t.Errorf("assertions = %+v, want %d", stats.Assertions, want)
		}
	})
}

// Whoever imports the collection gets no account of somebody else, and no address but that of a server of their own.
func TestThePostmanCollectionHoldsNoSecretAndNoOtherHost(t *testing.T) {
	var c struct {
		Variable []struct{ Key, Value string }
	}
	text := example(t, collection)
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	for _, v := range c.Variable {
		if (v.Value != "") != (v.Key == "baseUrl") {
			t.Errorf("the variable %s is %q", v.Key, v.Value)
		}
	}
	if n := strings.Count(text, `"url": "{{baseUrl}}/`); n != strings.Count(text, `"url":`) {
		t.Errorf("only %d addresses begin with baseUrl", n)
	}
}

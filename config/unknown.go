package config

import (
	"fmt"
	"slices"
	"strings"
)

// unknownVariables warns of variables that look like ours and are no setting: most are typing mistakes, and a
// setting that is silently not applied is worse than a line in the log. Only names are shown, never values.
func unknownVariables(env []string) []string {
	var known []string
	for _, s := range Reference() {
		known = append(known, s.Env)
	}
	var warnings []string
	for name, value := range parseEnviron(env) {
		if slices.Contains(known, name) || strings.HasPrefix(name, prefix+"TEST_") || fromKubernetes(name, value) {
			continue
		}
		warning := fmt.Sprintf("the environment variable %.100q is no setting and is ignored", name)
		if near := nearest(name, known); near != "" {
			warning += "; did you mean " + near + "?"
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
}

// fromKubernetes recognises what Kubernetes gives every pod beside a service that is called "gatehouse".
func fromKubernetes(name, value string) bool {
	return strings.HasPrefix(name, prefix+"SERVICE_") || strings.HasPrefix(name, prefix+"PORT_") ||
		name == prefix+"PORT" && strings.Contains(value, "://")
}

// nearest returns the known name that takes the fewest typing mistakes to become name, or "" if none is near.
func nearest(name string, known []string) string {
	best, bestDistance := "", 4
	for _, k := range known {
		if d := distance(name, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is Levenshtein's: the least number of single characters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

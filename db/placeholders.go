package db

import "strings"

// Placeholders returns n question marks for a list of values.
func Placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

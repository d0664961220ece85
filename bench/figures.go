package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// quantile sorts a copy; the median of an even number is the upper one of the two in the middle.
func quantile[T time.Duration | float64](figures []T, q float64) T {
	if len(figures) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// number writes three digits that count, and commas between thousands: 41,200, 35.2, 0.853.
func number(f float64) string {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(f))))
	if digits > 0 {
		return strconv.FormatFloat(f, 'f', min(digits, 3), 64)
	}
	scale := math.Pow(10, float64(-digits))
	text := strconv.FormatFloat(math.Round(f/scale)*scale, 'f', 0, 64)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// spread writes the median of the rounds, and the least and the most if there was more than one.
func spread(rounds []float64) string {
	switch len(rounds) {
	case 0:
		return "–"
	case 1:
		return number(rounds[0])
	default:
		return fmt.Sprintf("%s (%s to %s)", number(quantile(rounds, 0.5)), number(slices.Min(rounds)), number(slices.Max(rounds)))
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

package main

import (
	"strconv"
	"strings"
	"testing"
)

// FuzzNumbers reads any list of -rates, -concurrency and -replicas.
func FuzzNumbers(f *testing.F) {
	f.Add("2, 5,10")
	f.Add("NaN,0x1p3,1e6,-0")
	f.Fuzz(func(t *testing.T, list string) {
		rates, err := numbers(list, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
		if err == nil && len(rates) != strings.Count(list, ",")+1 {
			t.Errorf("%q was read as %v", list, rates)
		}
		for _, rate := range rates {
			if !(rate >= 0 && rate <= 1e6) {
				t.Errorf("%q was read as %v", list, rates)
			}
		}
		if counts, err := numbers(list, strconv.Atoi); err == nil && len(counts) != len(rates) {
			t.Errorf("%q was read as %v and as %v", list, counts, rates)
		}
	})
}

package main

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParseMap reads any value of -map: no function is without a name, and none is lost.
func FuzzParseMap(f *testing.F) {
	f.Add("a=b,c=d")
	f.Add("a=b=c,=,a=")
	f.Fuzz(func(t *testing.T, list string) {
		pairs := map[string]string{}
		if err := parseMap(list, pairs); err != nil {
			return
		}
		for from, to := range pairs {
			if from == "" || to == "" || !slices.Contains(strings.Split(list, ","), from+"="+to) {
				t.Errorf("%q was read as %q=%q", list, from, to)
			}
		}
		if len(pairs) != strings.Count(list, ",")+1 {
			t.Errorf("%q was read as %d pairs", list, len(pairs))
		}
	})
}

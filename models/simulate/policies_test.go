package main

import (
	"strings"
	"testing"
)

// FuzzParsePolicy reads any value of -policy. The report finds the cost ratio in the name.
func FuzzParsePolicy(f *testing.F) {
	for _, name := range append(allPolicies(), "prewarm", "prewarm-reactive-0.1", "prewarm0.1", "prewarm--1", "boosted", "boosted0.1", "boosted-2", "keepalive-0", "faascache-0", "faascache-NaN", "faascache-1.1", "prewarm-NaN") {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		_, err := parsePolicy(name)
		for _, prefix := range []string{namePrewarm, nameBoosted} {
			ratio, found := strings.CutPrefix(name, prefix)
			if err == nil && found && ratio != "" && !strings.HasPrefix(ratio, "-") {
				t.Errorf("accepted %q", name)
			}
		}
		if err != nil && !strings.Contains(err.Error(), "-policy") {
			t.Errorf("%q: the error does not name the flag: %v", name, err)
		}
	})
}

package bench

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestTheSizesOfTheFlags(t *testing.T) {
	o, err := Parse([]string{"-functions", "100,1000", "-step", "10s,1m", "-minutes", "2"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := []Size{{100, 10 * time.Second, 12}, {1000, time.Minute, 2}}
	if len(o.Sizes) != 2 || o.Sizes[0] != want[0] || o.Sizes[1] != want[1] {
		t.Errorf("got %+v", o.Sizes)
	}
	// The record: 30 steps of 1,000 functions, and 30 minutes of 10,000.
	if o, err = Parse(nil, io.Discard); err != nil || len(o.Sizes) != 3 || o.Sizes[1].Steps != 30 || o.Sizes[2] != (Size{10_000, time.Minute, 30}) {
		t.Errorf("got %+v, %v", o.Sizes, err)
	}
}

func TestWrongFlagsAreNamed(t *testing.T) {
	for args, want := range map[string]string{
		"-functions 0 -step 1s -minutes 1":   "-functions must be between 1 and 100000, was: 0",
		"-functions x -step 1s -minutes 1":   `-functions must be numbers, has: "x"`,
		"-functions 1,2 -step 1s,2s,3s":      "-step must have one element or 2, as -functions, had: 3",
		"-functions 1 -step 1s -minutes 0":   "-minutes must be above 0",
		"-functions 1 -step 1s -minutes -1":  "-minutes must be above 0",
		"-functions 1 -step 1s -minutes NaN": "-minutes must be above 0",
		"-functions 1 -minutes 1 -step 1ms":  "-step must be whole seconds between 1s and 1h0m0s, was: 1ms",
		"-functions 1 -minutes 1 -step x":    `-step must be durations such as 10s, has: "x"`,
		"-history 1441":                      "-history must be between 0 and 1440, was: 1441",
		"more":                               "unknown argument",
	} {
		if _, err := Parse(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
}

func FuzzParseSizes(f *testing.F) {
	f.Add("100,1000", "10s", "5,5")
	f.Add("", "", "")
	f.Add("1", "1h", "1e300")
	f.Fuzz(func(t *testing.T, functions, steps, minutes string) {
		sizes, err := parseSizes(functions, steps, minutes)
		for _, s := range sizes {
			if err == nil && (s.Step < time.Second || s.Steps < 1 || s.Steps > maxSteps) {
				t.Errorf("got %+v", s)
			}
		}
	})
}

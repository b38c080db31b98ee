package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seed writes the figures of one seed, in which each figure of arm i is values[i].
func seed(t *testing.T, dir string, n uint64, values ...float64) {
	t.Helper()
	var arms []string
	for i, name := range armNames() {
		var figures []string
		for _, f := range compareFigures() {
			figures = append(figures, fmt.Sprintf("%q: %v", f.name, values[i]))
		}
		arms = append(arms, fmt.Sprintf(`%q: {"figures": {%s}}`, name, strings.Join(figures, ", ")))
	}
	body := "{" + strings.Join(arms, ", ") + "}"
	if err := os.WriteFile(filepath.Join(dir, seedFile(n)), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Five seeds whose ratios are known, with the quantile 2.776 of Student's t for four degrees
// of freedom (any table of it).
func TestASummaryHasMeansAndIntervalsOverTheSeeds(t *testing.T) {
	dir := t.TempDir()
	for i, first := range []float64{10, 20, 30, 40, 50} {
		seed(t, dir, uint64(i+1), first, first/2, 0)
	}
	var out bytes.Buffer
	if err := summarise(t.Context(), []string{"-state", dir}, &out, &out); err != nil {
		t.Fatal(err)
	}
	half := 2.776 * math.Sqrt(250) / math.Sqrt(5)
	for _, want := range []string{
		"5 seeds", fmt.Sprintf("30.0 (%.1f to %.1f)", 30-half, 30+half),
		"0.50 (0.50 to 0.50)", // every ratio is a half
		"-",                   // a ratio with zero
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

func TestASummaryNeedsWholeSeeds(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, 1, 1, 2, 3)
	var out bytes.Buffer
	if err := summarise(t.Context(), []string{"-state", dir}, &out, &out); err == nil || !strings.Contains(err.Error(), "two seeds at least") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, seedFile(2)), []byte(`{"reactive": {"figures": {"calls": 3}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := summarise(t.Context(), []string{"-state", dir}, &out, &out); err == nil || !strings.Contains(err.Error(), `arm "reactive" must have the figure "errors"`) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseRun(f *testing.F) {
	f.Add([]byte(`{"reactive": {"figures": {"calls": 3}}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		run, err := parseRun(body)
		if err == nil && len(runs{run, run}.table()) < 2 {
			t.Error("a run without figures was accepted")
		}
	})
}

package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/models/evaluate/metric"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// corpusOf returns a trace of each layout that is trained on.
func corpusOf(t *testing.T) []*trace.Trace {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var all []*trace.Trace
	for _, layout := range []trace.Layout{trace.Azure2019, trace.Azure2019SingleDay, trace.Huawei2023} {
		tr := traceOf(40, 400, rng)
		tr.Layout = layout
		if layout == trace.Azure2019 { // owners of three functions each
			for i := range tr.Functions {
				tr.Functions[i].Owner = fmt.Sprintf("u%d", i/3)
			}
		}
		all = append(all, tr)
	}
	return all
}

// owners returns the owners that a transfer trains on.
func (t transfer) owners() map[string]bool {
	all := map[string]bool{}
	for _, task := range t.train {
		all[task.Owner] = true
	}
	return all
}

// No transfer tests a function of an owner that it trains on. Owners of generated
// functions have functions in several regions, which is why they are exempt.
func TestTransferTestsNoOwnerItTrainsOn(t *testing.T) {
	made, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: 200, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	all := append(acrossPlatforms(corpusOf(t)), denseToSparse(corpusOf(t)), acrossRegions(made))
	if len(all) != 4 {
		t.Fatalf("%d transfers", len(all))
	}
	for _, tr := range all {
		trained := tr.owners()
		if len(trained) == 0 || len(tr.test) == 0 {
			t.Errorf("%s trains on %d owners and tests %d traces", tr.name, len(trained), len(tr.test))
		}
		for _, on := range tr.test {
			if len(on.functions) == 0 {
				t.Errorf("%s tests no function of %s", tr.name, on.trace.Layout)
			}
			for _, f := range on.functions {
				if owner := fit.OwnerOf(on.trace.Layout, f); trained[owner] && tr.name != "generated-r1" {
					t.Errorf("%s tests %s of %s, which it trains on", tr.name, f.Name, owner)
				}
			}
		}
	}
}

func TestDenseToSparseDividesByDensity(t *testing.T) {
	tr := denseToSparse(corpusOf(t))
	for _, task := range tr.train {
		if !metric.Dense(task.Counts) {
			t.Errorf("%s is trained on", task.Name)
		}
	}
	for _, on := range tr.test {
		for _, f := range on.functions {
			if metric.Dense(f.Counts) {
				t.Errorf("%s is tested", f.Name)
			}
		}
	}
}

// Functions of R1 are trained on and never tested.
func TestRegionsAreApart(t *testing.T) {
	made, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: 200, SkipRare: true})
	if err != nil {
		t.Fatal(err)
	}
	tr := acrossRegions(made)
	trained := map[string]bool{}
	for _, task := range tr.train {
		trained[task.Name] = true
	}
	for _, f := range tr.test[0].functions {
		if f.Region == "R1" || trained[string(made.Layout)+"/"+f.Name] {
			t.Errorf("%s of %s is tested", f.Name, f.Region)
		}
	}
}

// With the traces of one platform alone, the transfers between platforms are left
// out and the others are scored.
func TestTransfersWithOnePlatform(t *testing.T) {
	dir := singleDay(t, 60)
	text, _ := evaluated(t, "-transfer", "-traces", filepath.Dir(dir), "-updates", "1", "-examples", "160", "-stride", "1009")
	for _, want := range []string{"## azure2019_single_day: trained on dense functions alone", "## generated: trained on generated region R1 alone"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(text, "trained on huawei") {
		t.Error("a trace that does not exist was trained on")
	}
}

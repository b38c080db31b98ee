package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"prewarm/models/evaluate/method"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
)

// traceOf returns a trace of n functions with different periods and random calls.
func traceOf(n, minutes int, rng *rand.Rand) *trace.Trace {
	tr := &trace.Trace{Layout: trace.Azure2019SingleDay, Minutes: minutes}
	for i := range n {
		f := trace.Function{Name: fmt.Sprintf("f%03d", i), Counts: make([]int32, minutes), Duration: 0.5}
		period := 2 + rng.IntN(14)
		for m := range f.Counts {
			if m%period == i%period || rng.IntN(100) == 0 {
				f.Counts[m] = int32(1 + rng.IntN(5))
			}
		}
		tr.Functions = append(tr.Functions, f)
	}
	return tr
}

// singleDay writes a trace of n functions in the single-day layout and returns its
// directory, which has the name of a trace that models are trained on.
func singleDay(t *testing.T, n int) string {
	t.Helper()
	dir, tr := filepath.Join(t.TempDir(), "azure2019_single_day"), traceOf(n, 1440, rand.New(rand.NewPCG(5, 6)))
	var b strings.Builder
	b.WriteString("fn")
	for m := 1; m <= tr.Minutes; m++ {
		fmt.Fprintf(&b, ",%d", m)
	}
	for _, f := range tr.Functions {
		b.WriteString("\n" + f.Name)
		for _, c := range f.Counts {
			b.WriteString("," + strconv.Itoa(int(c)))
		}
	}
	write(t, filepath.Join(dir, "invocations.csv"), b.String()+"\n")
	return dir
}

// write writes a file and the directories above it.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// evaluated runs the command with files in a temporary directory.
func evaluated(t *testing.T, args ...string) (out, log string) {
	t.Helper()
	var o, l bytes.Buffer
	dir := t.TempDir()
	if err := run(t.Context(), append([]string{"-out", dir, "-cache", dir}, args...), &o, &l); err != nil {
		t.Fatalf("%v\n%s", err, l.String())
	}
	return o.String(), l.String()
}

// The report is printed as Markdown or JSON, and written with its plots.
func TestReportIsPrintedInBothForms(t *testing.T) {
	dir, files := singleDay(t, 12), t.TempDir()
	table, _ := evaluated(t, "-trace", dir, "-stride", "97", "-out", files)
	for _, want := range []string{"## Summary", "sparse functions | ", "| zero |", "| own gap hazard |", "| LSTM without forest |", "| full |", "AP +15", "CRPS", "N = ", "AP, 100 to 1,000"} {
		if !strings.Contains(table, want) {
			t.Errorf("the report lacks %q:\n%s", want, table)
		}
	}
	for _, name := range []string{"report.md", "report.json", "azure2019-single-day-embedded-reliability.svg", "azure2019-single-day-embedded-precision-recall.svg", "azure2019-single-day-embedded-brier-by-class.svg", "azure2019-single-day-embedded-cold-by-class.svg"} {
		if info, err := os.Stat(filepath.Join(files, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, _ := evaluated(t, "-trace", dir, "-stride", "97", "-json")
	var sections map[string]scores
	if err := json.Unmarshal([]byte(raw), &sections); err != nil {
		t.Fatal(err)
	}
	r := sections["azure2019-single-day-embedded"]
	if full := r.Methods[len(r.Methods)-1]; full.Name != method.Full || len(full.Activity) != len(scoredHorizons()) || r.Hours == 0 || r.Need[len(r.Need)-1].CRPS <= 0 {
		t.Errorf("got %+v", r)
	}
}

// The embedded model is scored on functions that have a call and an owner in the
// test split, or on all functions of a trace that was not trained on.
func TestOnlyTheTestSplitIsScored(t *testing.T) {
	tr := traceOf(60, 300, rand.New(rand.NewPCG(3, 4)))
	tr.Functions[0].Counts = make([]int32, 300)
	test, all := called(tr, untrained(tr)), called(tr, nil)
	if len(all) != 59 || len(test) == 0 || len(test) > 30 {
		t.Fatalf("%d of %d functions are scored", len(test), len(all))
	}
	for _, f := range test {
		if fit.GroupOf(fit.OwnerOf(tr.Layout, f)) != fit.TestGroup {
			t.Errorf("%s was trained on", f.Name)
		}
	}
	tr.Layout = trace.Azure2021
	if foreign := called(tr, untrained(tr)); len(foreign) != 59 {
		t.Errorf("of a trace that was not trained on, %d functions are scored", len(foreign))
	}
}

// quick returns flags with which training takes a moment. The models are bad.
func quick(dir string) []string {
	return []string{"-trace", dir, "-traces", filepath.Dir(dir), "-folds", "2", "-seeds", "2", "-updates", "1", "-examples", "160", "-stride", "211"}
}

// A report by folds scores every function and has ablations and the spread of the
// seeds. A second run reads the models from the cache and prints the same.
func TestFoldsScoreEveryFunctionOnce(t *testing.T) {
	dir, cache := singleDay(t, 40), t.TempDir()
	args := append(quick(dir), "-cache", cache)
	first, log := evaluated(t, args...)
	for _, want := range []string{"40 functions, ", "| forest alone |", "| forest on all columns |", "mean of 2 seeds", " ± "} {
		if !strings.Contains(first, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if !strings.Contains(log, "train 12 models") {
		t.Errorf("log:\n%s", log)
	}
	again, log := evaluated(t, args...)
	if again != first || strings.Contains(log, "train ") {
		t.Errorf("the second run printed something else or trained:\n%s", log)
	}
}

// The model of a fold does not change if the calls of the functions that it tests
// change; the other models do.
func TestFoldHasNotSeenWhatItTests(t *testing.T) {
	tasks := fit.FromTrace(traceOf(40, 400, rand.New(rand.NewPCG(1, 2))))
	versions := func() map[string]string {
		st := &study{options: options{folds: 2, seeds: 1}, log: &bytes.Buffer{}}
		st.budget.Updates, st.budget.Examples = 1, 160
		st.cache.Dir, st.cache.Log = t.TempDir(), st.log
		models, err := st.trainFolds(t.Context(), tasks)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, task := range tasks {
			m := models(task.Owner)[0]
			all[task.Owner] = m.Full.Version() + " " + m.Ablations[0].Version()
		}
		return all
	}
	before := versions()
	for i := range tasks { // other calls in all functions that the first fold tests
		if fit.Fold(0, 2)(tasks[i].Owner) == fit.TestGroup {
			tasks[i].Counts = append([]int32{99}, tasks[i].Counts[:399]...)
		}
	}
	for owner, version := range versions() {
		if tested := fit.Fold(0, 2)(owner) == fit.TestGroup; tested != (version == before[owner]) {
			t.Errorf("%s (tested in the first fold: %v): %s, before %s", owner, tested, version, before[owner])
		}
	}
}

func TestInterruptEndsTheStudy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	args := append(quick(singleDay(t, 40)), "-out", t.TempDir(), "-cache", t.TempDir())
	if err := run(ctx, args, &out, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// rowsOf returns the rows of an exported file.
func rowsOf(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "function,minute,horizon,p_active,need_q50,need_q90,need_q95,need_q99,expected_cold" {
		t.Errorf("header %s", got)
	}
	return rows[1:]
}

// Each origin has a row for each of 60 horizons. The log has the number of functions
// that the model was not trained on.
func TestExportWritesOneRowPerHorizon(t *testing.T) {
	out := filepath.Join(t.TempDir(), "forecasts.csv")
	_, log := evaluated(t, "-trace", singleDay(t, 2), "-stride", "400", "-forecasts", out)
	rows := rowsOf(t, out)
	if want := 2 * 4 * 60; len(rows) != want { // origins at 180, 580, 980, 1380
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	last := rows[len(rows)-1]
	if last[0] != "f001" || last[1] != "1380" || last[2] != "60" {
		t.Errorf("last row %v", last)
	}
	if !strings.Contains(log, "the embedded model was not trained on") {
		t.Errorf("the log does not name what the model was not trained on:\n%s", log)
	}
}

// Every baseline and part of the model can be exported by name, and no two of them
// are equal.
func TestExportByName(t *testing.T) {
	dir, out := singleDay(t, 4), filepath.Join(t.TempDir(), "forecasts.csv")
	exports := map[string]bool{}
	for _, name := range append(methodSlugs(), "full") {
		evaluated(t, "-trace", dir, "-stride", "600", "-model", name, "-forecasts", out)
		rows := rowsOf(t, out)
		if len(rows) != 4*3*60 {
			t.Errorf("%s: %d rows", name, len(rows))
		}
		exports[fmt.Sprint(rows)] = true
	}
	if len(exports) != len(methodSlugs())+1 {
		t.Errorf("%d methods have %d different exports", len(methodSlugs())+1, len(exports))
	}
}

// By folds, each function is exported by the model that has not seen it. The models
// are also trained on functions that are not in the trace.
func TestExportByFolds(t *testing.T) {
	out := filepath.Join(t.TempDir(), "forecasts.csv")
	evaluated(t, append(quick(singleDay(t, 2)), "-traces", filepath.Dir(singleDay(t, 40)), "-forecasts", out)...)
	if rows := rowsOf(t, out); len(rows) != 2*6*60 {
		t.Errorf("%d rows", len(rows))
	}
}

// Property: counts from a minute on change no exported row before it.
func TestNoExportedRowSeesTheFuture(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range append(methodSlugs(), "full") {
		tr := traceOf(1, 400, rng)
		at := method.WarmUp + 10*rng.IntN(12)
		want := exported(t, name, tr, at)
		for m := at; m < tr.Minutes; m++ {
			tr.Functions[0].Counts[m] = int32(1000 * rng.IntN(3))
		}
		if got := exported(t, name, tr, at); got != want {
			t.Errorf("%s: rows up to minute %d depend on what follows", name, at)
		}
	}
}

// exported returns the rows of a method up to the origin at.
func exported(t *testing.T, name string, tr *trace.Trace, at int) string {
	t.Helper()
	st := &study{options: options{model: name}}
	forecast, err := st.forecaster(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := export(t.Context(), &b, tr, tr.Functions, 10, forecast, func() {}); err != nil {
		t.Fatal(err)
	}
	rows, after, found := strings.Cut(b.String(), fmt.Sprintf("\n%s,%d,", tr.Functions[0].Name, at+10))
	if !found || after == "" {
		t.Fatal("no origin follows")
	}
	return rows
}

// Series of regions have the names of their files, and end with their file.
// Each cold start is a needed replica.
func TestExportOfRegions(t *testing.T) {
	dir := t.TempDir()
	for name, minutes := range map[string]int{"R1": 400, "R2": 300} {
		var b strings.Builder
		b.WriteString("minute,cold_starts\n")
		for m := range minutes {
			fmt.Fprintf(&b, "%d,%d\n", m, 200+m%60)
		}
		write(t, filepath.Join(dir, name+".csv"), b.String())
	}
	out := filepath.Join(t.TempDir(), "forecasts.csv")
	evaluated(t, "-trace", dir, "-stride", "40", "-forecasts", out)
	origins := map[string]int{}
	for _, row := range rowsOf(t, out) {
		if row[2] == "1" {
			origins[row[0]]++
		}
		if need, err := strconv.Atoi(row[4]); err != nil || need < 100 || need > 400 {
			t.Errorf("the median need is not that of 200 to 259 cold starts: %v", row)
		}
	}
	if len(origins) != 2 || origins["R1"] != 5 || origins["R2"] != 2 {
		t.Errorf("origins %v", origins)
	}
}

func TestFlagsAreChecked(t *testing.T) {
	for want, args := range map[string][]string{
		"-stride must be at least 1, or 0 for the default, was: -1":      {"-stride", "-1"},
		"-functions must be test or all":                                 {"-functions", "some"},
		"unknown argument":                                               {"extra"},
		"-json and -markdown exclude each other":                         {"-json", "-markdown"},
		"no such file":                                                   {"-model", "/nonexistent/model.bin"},
		"neither a file nor one of full, zero":                           {"-model", "zeros", "-forecasts", "x.csv"},
		"-folds must be 0 or between 2 and 20, was: 1":                   {"-folds", "1"},
		"-seeds must be between 1 and 20, or 0 for the default, was: 21": {"-seeds", "21"},
		"-all excludes -folds":                                           {"-all", "-transfer"},
		"-model must be full with -folds, was: \"croston\"":              {"-folds", "5", "-model", "croston"},
		"no trace to train on":                                           {"-transfer", "-traces", "/nonexistent"},
		"trace /nonexistent: stat /nonexistent: no such file or direct":  {"-trace", "/nonexistent"},
	} {
		var out bytes.Buffer
		args = append([]string{"-trace", singleDay(t, 1), "-out", t.TempDir(), "-cache", t.TempDir()}, args...)
		if err := run(t.Context(), args, &out, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// By default a small trace is scored at every minute, a large one at a sample. The
// flag overrides both.
func TestStride(t *testing.T) {
	byDefault, given := options{}, options{stride: 4}
	for _, c := range []struct{ got, want int }{
		{byDefault.strideOf(fewMinutes), 1}, {byDefault.strideOf(fewMinutes + 1), sparseStride}, {byDefault.sampleStride(), sparseStride},
		{given.strideOf(fewMinutes), 4}, {given.strideOf(fewMinutes + 1), 4}, {given.sampleStride(), 4},
	} {
		if c.got != c.want {
			t.Errorf("got %d, want %d", c.got, c.want)
		}
	}
}

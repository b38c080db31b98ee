package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"prewarm/models"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

func predictorFor(t *testing.T) *forecast.Predictor {
	t.Helper()
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// traceOf holds n functions over minutes, of mixed kinds.
func traceOf(n, minutes int, rng *rand.Rand) *trace.Trace {
	tr := &trace.Trace{Layout: trace.Azure2019SingleDay, Minutes: minutes}
	for i := range n {
		f := trace.Function{Name: fmt.Sprintf("f%03d", i), Counts: make([]int32, minutes), Duration: 0.5}
		period := 3 + rng.IntN(40)
		for m := range f.Counts {
			if m%period == i%period || rng.IntN(100) == 0 {
				f.Counts[m] = int32(1 + rng.IntN(5))
			}
		}
		tr.Functions = append(tr.Functions, f)
	}
	return tr
}

// Property: whatever happens at or after the origin changes no statement of
// the model and of any baseline, and nothing that is exported.
func TestNoStatementSeesTheFuture(t *testing.T) {
	p, rng := predictorFor(t), rand.New(rand.NewPCG(1, 2))
	for range 20 {
		tr := traceOf(1, 300, rng)
		before := origins(tr, tr.Functions[0], 10)
		at := rng.IntN(len(before))
		want := statements(t, p, before[at:at+1])
		for m := before[at].minute; m < tr.Minutes; m++ {
			tr.Functions[0].Counts[m] = int32(rng.IntN(4)) * 1000
			if rng.IntN(9) == 0 {
				tr.Functions[0].Counts[m] = series.NoData
			}
		}
		after := origins(tr, tr.Functions[0], 10)
		if got := statements(t, p, after[at:at+1]); !reflect.DeepEqual(got, want) {
			t.Fatalf("origin %d: a statement depends on the future", before[at].minute)
		}
	}
}

func statements(t *testing.T, p *forecast.Predictor, all []origin) []statement {
	t.Helper()
	curves, err := partsOf(p, all)
	if err != nil {
		t.Fatal(err)
	}
	var said []statement
	for i, o := range all {
		for _, m := range methods() {
			said = append(said, m.state(o, &curves[i]))
		}
	}
	return said
}

// An origin cannot even reach what follows: its window ends there.
func TestAWindowCannotBeReslicedIntoTheFuture(t *testing.T) {
	tr := traceOf(1, 400, rand.New(rand.NewPCG(1, 2)))
	for _, o := range origins(tr, tr.Functions[0], 13) {
		if cap(o.window.Counts) != len(o.window.Counts) || o.window.End() != int64(o.minute)*60 {
			t.Fatalf("minute %d: length %d, capacity %d, end %d", o.minute, len(o.window.Counts), cap(o.window.Counts), o.window.End())
		}
	}
}

func TestOnlyTheTestSplitIsScored(t *testing.T) {
	tr := traceOf(60, 300, rand.New(rand.NewPCG(3, 4)))
	tr.Functions[0].Counts = make([]int32, 300) // never called
	test, all := chosen(tr, false), chosen(tr, true)
	if len(all) != 59 || len(test) == 0 || len(test) > 30 {
		t.Fatalf("%d of %d functions are scored", len(test), len(all))
	}
	for _, f := range test {
		if fit.GroupOf(fit.OwnerOf(tr.Layout, f)) != fit.TestGroup {
			t.Errorf("%s was trained on", f.Name)
		}
	}
}

func TestBaselinesSayWhatTheirNamesSay(t *testing.T) {
	counts := make([]int32, 180)
	for i := 0; i < 180; i += 20 {
		counts[i] = 1 // nine cold starts, the last call 20 minutes ago
	}
	o := origin{}
	o.window.Counts, o.window.StepSeconds = counts, 60
	if s := lastValue(o, nil); s.active[0] != 0 || s.cold != 3 {
		t.Errorf("last value: %v, %v cold starts an hour", s.active[0], s.cold)
	}
	if s := movingAverage(o, nil); s.active[0] != 0.05 || s.cold < 2.9 || s.cold > 3.1 {
		t.Errorf("moving average: %v, %v cold starts an hour", s.active[0], s.cold)
	}
	counts[179] = 4
	if s := lastValue(o, nil); s.active[59] != 1 {
		t.Errorf("after a call the last value is %v", s.active[59])
	}
}

// singleDay writes a trace of n functions in the single-day layout.
func singleDay(t *testing.T, n int) string {
	t.Helper()
	dir, tr := t.TempDir(), traceOf(n, 1440, rand.New(rand.NewPCG(5, 6)))
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
	b.WriteString("\n")
	if err := os.WriteFile(filepath.Join(dir, "invocations.csv"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheReportIsWrittenInBothForms(t *testing.T) {
	dir := singleDay(t, 12)
	var table, raw, log bytes.Buffer
	if err := run([]string{"-trace", dir, "-stride", "97"}, &table, &log); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| zero |", "| own gap hazard |", "| LSTM without forest |", "| full |", "AP +15", "N = "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if err := run([]string{"-trace", dir, "-stride", "97", "-json"}, &raw, &log); err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(raw.Bytes(), &r); err != nil || len(r.Methods) != len(methods()) || r.Hours == 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

// Exported rows are those of the forecast, in the stated columns.
func TestExportWritesOneRowPerHorizon(t *testing.T) {
	out := filepath.Join(t.TempDir(), "forecasts.csv")
	var log bytes.Buffer
	if err := run([]string{"-trace", singleDay(t, 2), "-functions", "all", "-stride", "400", "-forecasts", out}, &log, &log); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(out)
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
	if want := 1 + 2*4*60; len(rows) != want { // origins at 180, 580, 980, 1380
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	last := rows[len(rows)-1]
	if last[0] != "f001" || last[1] != "1380" || last[2] != "60" {
		t.Errorf("last row %v", last)
	}
}

func TestFlagsAreChecked(t *testing.T) {
	for want, args := range map[string][]string{
		"stride must be at least 1, was: 0": {"-stride", "0"},
		"functions must be test or all":     {"-functions", "some"},
		"unexpected argument":               {"extra"},
		"cannot both be set":                {"-json", "-markdown"},
		"no such file":                      {"-model", "/nonexistent/model.bin"},
	} {
		var out bytes.Buffer
		if err := run(args, &out, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

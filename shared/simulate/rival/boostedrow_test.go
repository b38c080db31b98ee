package rival_test

import (
	"math"
	"testing"

	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
)

// reader is a policy that keeps the row of each minute of the first function.
type reader struct {
	pasts *rival.BoostedPasts
	rows  [][]float32 // nil before the first call
}

func (*reader) Name() string { return "reader" }

func (r *reader) Warm(_ []int32, h simulate.History) {
	row := make([]float32, rival.BoostedColumns)
	if !r.pasts.Row(row, h, 0) {
		row = nil
	}
	r.rows = append(r.rows, row)
}

// rowsOf returns the row of each minute of a function, whose first minute is start minutes
// after midnight.
func rowsOf(t *testing.T, start int, counts []int32) [][]float32 {
	t.Helper()
	tr := &trace.Trace{Start: start, Minutes: len(counts), Functions: []trace.Function{{Name: "f", Counts: counts}}}
	r := &reader{pasts: rival.NewBoostedPasts(1)}
	if err := simulate.Run(t.Context(), simulate.NewWorkload(tr, 1), r); err != nil {
		t.Fatal(err)
	}
	return r.rows
}

// Calls at 3, 5, 6, 10 and 12, two minutes after the full hour of the first minute: gaps of
// 2, 1, 4 and 2 minutes. The row is that of minute 15.
func TestTheColumnsByHand(t *testing.T) {
	counts := make([]int32, 16)
	counts[3], counts[5], counts[6], counts[10], counts[12], counts[14] = 1, 3, 1, 2, 1, series.NoData
	rows := rowsOf(t, 62, counts)
	for name, want := range map[string]float64{
		"gap": 3, "gap 1": 2, "gap 2": 4, "gap 3": 1, "gap 4": 2, "gap 5": 0,
		"gap - gap 1": 1, "gap - gap 2": -1, "gap - median": 1, "gap - next": 2, // the gap before of 2 minutes was followed by one of 1
		"gaps": 4, "mean gap": 2.25, "deviation": math.Sqrt((4+1+16+4)/4.0 - 2.25*2.25),
		"quantile 0.1": 1, "quantile 0.25": 1, "median": 2, "quantile 0.75": 2, "quantile 0.9": 4,
		"share of gaps at least gap": 0.25,
		"hazard":                     (0 + 5/12.0) / 2, // one gap is longer than 2 minutes, and it is longer than 3
		"hazard +- 1":                (3 + 5/12.0) / 4, // three gaps have 2 to 4 minutes, of three of at least 2
		"calls 1":                    0, "calls 2": 0, "calls 5": 3, "calls 10": 7, "calls 30": 8, "calls 180": 8,
		"active 5": 2, "active 10": 4, "active 180": 5,
		"age": 12, "active share": 5 / 12.0, "calls per active minute": 8 / 5.0, "run": 0,
		"minute of hour": 17, "active an hour ago": 0,
		"share at minute of hour":      5 / 12.0, // no such minute was seen: the share of all
		"share at minute of quarter":   5 / 12.0, // minute 2 was, but before the first call
		"share at minute of half hour": 5 / 12.0,
	} {
		if got := rows[15][column(t, name)]; math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("%s is %v; want %v", name, got, want)
		}
	}
	if rows[3] != nil || rows[4] == nil {
		t.Error("there must be rows after the first call alone")
	}
	if rows[7][column(t, "run")] != 2 {
		t.Errorf("the run is %v after calls in 5 and 6", rows[7][column(t, "run")])
	}
}

// Two hours of calls at minutes 7, 22, 37 and 52: in the third hour, each quarter hour is
// known, and each minute of the hour was seen twice.
func TestTheClockIsRemembered(t *testing.T) {
	rows := rowsOf(t, 0, timerOf(190, 7, 15, 1))
	share := 8 / 120.0 // at minute 127, after 8 calls in the 120 minutes since the first
	for name, want := range map[string]float64{
		"minute of hour": 7, "active an hour ago": 1,
		"share at minute of hour": (2 + share) / 3, "share at minute of half hour": (4 + share) / 5, "share at minute of quarter": (8 + share) / 9,
	} {
		if got := rows[127][column(t, name)]; math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("%s is %v; want %v", name, got, want)
		}
	}
	if got := rows[130][column(t, "share at minute of quarter")]; float64(got) > 0.02 {
		t.Errorf("the share of a minute that was never active is %v", got)
	}
}

// A gap longer than four hours counts as one of four hours, and is not lost.
func TestALongGapIsCounted(t *testing.T) {
	rows := rowsOf(t, 0, timerOf(1000, 0, 400, 1))
	for name, want := range map[string]float64{"gap 1": 400, "mean gap": 400, "median": 240, "gap - median": 60, "share of gaps at least gap": 1} {
		if got := rows[700][column(t, name)]; float64(got) != want {
			t.Errorf("%s is %v; want %v", name, got, want)
		}
	}
}

func TestEveryColumnHasAName(t *testing.T) {
	names := map[string]bool{}
	for _, n := range rival.BoostedColumnNames() {
		names[n] = true
	}
	if len(names) != rival.BoostedColumns {
		t.Errorf("%d names for %d columns", len(names), rival.BoostedColumns)
	}
	rows := rowsOf(t, 0, timerOf(20, 0, 3, 1))
	for i, v := range rows[19] {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Errorf("column %s is %v", rival.BoostedColumnNames()[i], v)
		}
	}
}

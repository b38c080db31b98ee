package simulate_test

import (
	"slices"
	"testing"

	"prewarm/shared/series"
	"prewarm/shared/simulate"
)

// needs returns the needs of the first function in the minutes before the last.
func needs(t *testing.T, w *simulate.Workload) []int32 {
	t.Helper()
	var got []int32
	decisions(t, w, asking(func(h simulate.History) { got = h.Need(0) }))
	return got
}

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		why   string
		count int32
		d     float64
		k     int
		want  []int32
	}{
		{"no calls need nothing", 0, 9, 1, []int32{0, 0, 0}},
		{"no data needs nothing", series.NoData, 9, 1, []int32{0, 0, 0}},
		{"unknown duration needs one", 5000, 0, 1, []int32{1, 0, 0}},
		{"short calls share a replica", 10, 0.1, 1, []int32{1, 0, 0}},
		{"60 busy seconds fill one replica", 60, 1, 1, []int32{1, 0, 0}},
		{"a little more needs another", 61, 1, 1, []int32{2, 0, 0}},
		{"two at a time halve it", 240, 1, 2, []int32{2, 0, 0}},
		{"a call of 150 s is one busy replica in three minutes", 1, 150, 1, []int32{1, 1, 1}},
		{"eight of them keep four in the third", 8, 150, 1, []int32{8, 8, 4}},
	} {
		w := workload(c.d, c.k, []int32{c.count, 0, 0, 0})
		if got := needs(t, w); !slices.Equal(got, c.want) {
			t.Errorf("%s: needs are %v; want %v", c.why, got, c.want)
		}
	}
}

// A minute without data adds no calls; those of the minute before run on in it.
func TestCallsRunOnInAMinuteWithoutData(t *testing.T) {
	if got, want := needs(t, workload(100, 1, []int32{3, series.NoData, series.NoData, 0})), []int32{3, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("needs are %v; want %v", got, want)
	}
}

func TestAWorkloadNeedsConcurrency(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a replica that serves 0 calls was accepted")
		}
	}()
	workload(1, 0, []int32{1})
}

// Four calls of 90 s at minute 190 start four replicas. Two of them are busy in minute
// 191 and are not started again, whatever the policy decides.
func TestNoPolicyCanTakeAwayAHeldReplica(t *testing.T) {
	w := workload(90, 1, at(200, map[int]int32{190: 4}))
	if s := score(t, w, simulate.None{}); s.Cold != 4 || s.Need != 6 || s.Idle != 0 {
		t.Errorf("cold %d, need %d, idle %d; want 4, 6, 0", s.Cold, s.Need, s.Idle)
	}
	if s := score(t, w, simulate.KeepAlive{Minutes: 1}); s.Cold != 4 || s.Idle != 2+2 {
		t.Errorf("cold %d, idle %d; want 4, and 4 idle: two in minute 191 and two after it", s.Cold, s.Idle)
	}
}

// The store has lost three minutes of a function that is called in each minute. Nothing is
// counted in them, and prewarm holds what it had.
func TestAMinuteWithoutDataIsNotScoredAndChangesNothing(t *testing.T) {
	counts := make([]int32, 300)
	for m := range counts {
		counts[m] = 1
	}
	for m := 200; m < 203; m++ {
		counts[m] = series.NoData
	}
	w := workload(30, 1, counts)
	p := simulate.NewPrewarm(newOutlook(t, w, gaps{}), ratio(0.4), false)
	r := decisions(t, w, p)
	for m := 198; m < 206; m++ {
		if got := r.of(0)[m]; got != 1 {
			t.Errorf("minute %d: %d warm, want 1", m, got)
		}
	}
	if s := score(t, w, simulate.KeepAlive{Minutes: 1}); s.Need != 117 || s.Idle != 0 || s.Cold != 1 {
		t.Errorf("120 minutes are scored, 3 are not known: got %+v", s.Total)
	}
}

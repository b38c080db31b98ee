package seconds_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/seconds"
	"prewarm/shared/trace"
)

// fixed keeps a number of replicas of each function warm.
type fixed int32

// Name implements simulate.Policy.
func (n fixed) Name() string { return fmt.Sprintf("fixed-%d", n) }

// Warm implements simulate.Policy.
func (n fixed) Warm(warm []int32, _ simulate.History) {
	for f := range warm {
		warm[f] = int32(n)
	}
}

// run replays a trace under a policy.
func run(t *testing.T, tr *trace.Trace, p simulate.Policy, seed uint64, starts seconds.Starts) seconds.Waiting {
	t.Helper()
	replay := seconds.New(tr, 1, seed, starts).Replay()
	if err := simulate.Run(context.Background(), simulate.NewWorkload(tr, 1), p, replay); err != nil {
		t.Fatal(err)
	}
	return replay.Waiting()
}

// shops returns a trace of functions with calls of a second, some in bursts.
func shops(functions int) *trace.Trace {
	tr := &trace.Trace{Minutes: simulate.WarmUpMinutes + 120}
	for i := range functions {
		f := trace.Function{Name: fmt.Sprint("shop-", i), Duration: 1, Counts: make([]int32, tr.Minutes)}
		for m := i; m < tr.Minutes; m += 1 + i%7 {
			f.Counts[m] = int32(1 + (m*i)%40)
		}
		tr.Functions = append(tr.Functions, f)
	}
	return tr
}

// A timer fires in every tenth minute and takes no time. Twelve times it is scored. Under
// keep-alive of 5 minutes each call waits for a start of 3 s; under 10 minutes none does.
func TestATimerWaitsIfItsReplicaHasGone(t *testing.T) {
	f := trace.Function{Name: "backup", Trigger: "timer", Counts: make([]int32, simulate.WarmUpMinutes+120)}
	for m := 0; m < len(f.Counts); m += 10 {
		f.Counts[m] = 1
	}
	tr := &trace.Trace{Minutes: len(f.Counts), Functions: []trace.Function{f}}
	short := run(t, tr, simulate.KeepAlive{Minutes: 5}, 1, seconds.Constant(3))
	if short.Calls != 12 || short.Waited != 12 || short.Starts != 12 || short.Total != 36 || short.Mean != 3 || short.Share != 1 {
		t.Errorf("keep-alive of 5 minutes: %+v", short)
	}
	for _, p := range []float64{short.P50, short.P95, short.P99} {
		if math.Abs(p-3) > 0.015 {
			t.Errorf("a percentile of waits of 3 s is %v", p)
		}
	}
	if long := run(t, tr, simulate.KeepAlive{Minutes: 10}, 1, seconds.Constant(3)); long != (seconds.Waiting{Calls: 12}) {
		t.Errorf("keep-alive of 10 minutes: %+v", long)
	}
}

// One call in ten waits: half of all calls wait nothing, and the 95th percentile is the
// wait.
func TestPercentilesAreOverAllCalls(t *testing.T) {
	tr := &trace.Trace{Minutes: simulate.WarmUpMinutes + 10}
	f := trace.Function{Name: "backup", Trigger: "timer", Counts: slices.Repeat([]int32{1}, tr.Minutes)}
	tr.Functions = []trace.Function{f}
	replay := seconds.New(tr, 1, 1, seconds.Constant(2)).Replay()
	for m := range tr.Minutes {
		warm := []int32{1}
		if m == simulate.WarmUpMinutes+4 {
			warm[0] = 0
		}
		if err := replay.Minute(m, warm); err != nil {
			t.Fatal(err)
		}
	}
	w := replay.Waiting()
	if w.Calls != 10 || w.Waited != 1 || w.Share != 0.1 || w.Mean != 0.2 || w.P50 != 0 || math.Abs(w.P95-2) > 0.01 {
		t.Errorf("got %+v", w)
	}
}

func TestNobodyWaitsForPlentyOrForStartsThatTakeNoTime(t *testing.T) {
	tr := shops(20)
	if w := run(t, tr, fixed(1000), 1, seconds.MeasuredStarts()); w.Calls == 0 || w.Waited != 0 || w.Starts != 0 {
		t.Errorf("with 1,000 replicas: %+v", w)
	}
	if w := run(t, tr, simulate.None{}, 1, seconds.Constant(0)); w.Calls == 0 || w.Waited != 0 || w.Starts == 0 {
		t.Errorf("with starts that take no time: %+v", w)
	}
}

// Every scored call of the trace is counted.
func TestAllCallsAreCounted(t *testing.T) {
	tr := shops(20)
	var want int64
	for _, f := range tr.Functions {
		for _, n := range f.Counts[simulate.WarmUpMinutes:] {
			want += int64(n)
		}
	}
	if w := run(t, tr, simulate.None{}, 1, seconds.MeasuredStarts()); w.Calls != want {
		t.Errorf("%d calls, want %d", w.Calls, want)
	}
}

// A minute with too many calls is left out, and said to be.
func TestDenseMinutesAreLeftOut(t *testing.T) {
	f := trace.Function{Name: "dense", Counts: slices.Repeat([]int32{seconds.MostCalls}, simulate.WarmUpMinutes+3)}
	f.Counts[simulate.WarmUpMinutes+1]++
	f.Counts[simulate.WarmUpMinutes-1]++
	tr := &trace.Trace{Minutes: len(f.Counts), Functions: []trace.Function{f}}
	if w := run(t, tr, fixed(1), 1, seconds.Constant(1)); w.Calls != 2*seconds.MostCalls || w.LeftOut != seconds.MostCalls+1 {
		t.Errorf("%d calls, %d left out, want %d and %d", w.Calls, w.LeftOut, 2*seconds.MostCalls, seconds.MostCalls+1)
	}
}

// The result depends on the seed, and not on the order of the functions.
func TestTheSameSeedGivesTheSameWaits(t *testing.T) {
	tr, turned := shops(30), shops(30)
	slices.Reverse(turned.Functions)
	p := simulate.KeepAlive{Minutes: 2}
	first := run(t, tr, p, 1, seconds.MeasuredStarts())
	if again := run(t, tr, p, 1, seconds.MeasuredStarts()); again != first {
		t.Errorf("got %+v, then %+v", first, again)
	}
	other := run(t, turned, p, 1, seconds.MeasuredStarts())
	if math.Abs(other.Total-first.Total) > 1e-6 || other.Waited != first.Waited || other.P99 != first.P99 || other.Starts != first.Starts {
		t.Errorf("in another order: %+v, want %+v", other, first)
	}
	if other := run(t, tr, p, 2, seconds.MeasuredStarts()); other.Total == first.Total {
		t.Error("another seed gives the same waits")
	}
}

// What comes after a minute changes no wait that ended before: two traces that agree up to
// a minute are at the same point there.
func TestTheFutureChangesNothing(t *testing.T) {
	tr := shops(10)
	const cut = simulate.WarmUpMinutes + 60
	short := tr.Until(cut)
	replays := []*seconds.Replay{seconds.New(tr, 1, 1, seconds.MeasuredStarts()).Replay(), seconds.New(short, 1, 1, seconds.MeasuredStarts()).Replay()}
	warm := slices.Repeat([]int32{1}, 10)
	for m := range cut {
		for _, r := range replays {
			if err := r.Minute(m, warm); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, b := replays[0].Waiting(), replays[1].Waiting(); a != b || a.Waited == 0 {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestDecisionsOfAnotherTraceAreRefused(t *testing.T) {
	replay := seconds.New(shops(2), 1, 1, seconds.Constant(1)).Replay()
	for _, m := range []int{-1, simulate.WarmUpMinutes + 120} {
		if err := replay.Minute(m, make([]int32, 2)); err == nil || !strings.Contains(err.Error(), fmt.Sprint("minute ", m)) {
			t.Errorf("minute %d: %v", m, err)
		}
	}
	if err := replay.Minute(0, make([]int32, 3)); err == nil || !strings.Contains(err.Error(), "decisions on 3 functions") {
		t.Errorf("decisions on 3 of 2 functions: %v", err)
	}
	if w := replay.Waiting(); !reflect.DeepEqual(w, seconds.Waiting{}) {
		t.Errorf("without calls: %+v", w)
	}
	defer func() {
		if recover() == nil {
			t.Error("a replica that runs no call is accepted")
		}
	}()
	seconds.New(shops(1), 0, 1, seconds.Constant(1))
}

package seconds

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// calledEvery returns a function with the same count in each of some minutes.
func calledEvery(name, trigger string, count int32, minutes int) trace.Function {
	return trace.Function{Name: name, Trigger: trigger, Counts: slices.Repeat([]int32{count}, minutes)}
}

// drawn returns the calls of the first function of a workload in minute m.
func drawn(w *Workload, m int) []call {
	g := newGenerator()
	return slices.Clone(g.calls(&w.functions[0], w.seed, m))
}

// workload returns that of one function with seed 1.
func workload(f trace.Function) *Workload {
	return New(&trace.Trace{Minutes: len(f.Counts), Functions: []trace.Function{f}}, 1, 1, Constant(1))
}

func TestTimersFireWhenTheMinuteBegins(t *testing.T) {
	for count, want := range map[int32][]float64{0: nil, 1: {0}, 3: {0, 20, 40}, series.NoData: nil} {
		var at []float64
		for _, c := range drawn(workload(calledEvery("backup", "timer", count, 1)), 0) {
			at = append(at, c.at)
		}
		if !slices.Equal(at, want) {
			t.Errorf("%d calls a minute come at %v, want %v", count, at, want)
		}
	}
	if at := drawn(workload(calledEvery("both", "timer http", 1, 1)), 0)[0].at; at == 0 {
		t.Error("a function that is called by others as well is no timer")
	}
}

// If the trace counts by the second, a call comes in its second, whatever calls.
func TestCallsComeInTheSecondOfTheTrace(t *testing.T) {
	f := calledEvery("backup", "timer", 3, 3)
	f.Seconds = []trace.SecondCalls{{Second: 59, Calls: 3}, {Second: 60, Calls: 1}, {Second: 119, Calls: 2}, {Second: 120, Calls: 3}}
	var in []int
	for _, c := range drawn(workload(f), 1) {
		in = append(in, int(c.at))
	}
	if !slices.Equal(in, []int{0, 59, 59}) {
		t.Errorf("calls of minute 1 come in its seconds %v, want 0, 59, 59", in)
	}
}

// Over many minutes the calls come in the middle of it on average, in rising order, and
// their gaps vary as those of a Poisson process: standard deviation = mean.
func TestOtherCallsComeAtRandom(t *testing.T) {
	const minutes, count = 2000, 30
	w := workload(calledEvery("shop", "http", count, minutes))
	var at, gaps, squares float64
	for m := range minutes {
		last := 0.0
		for _, c := range drawn(w, m) {
			if c.at < last || c.at >= minuteSeconds {
				t.Fatalf("minute %d: a call comes at %v, after %v", m, c.at, last)
			}
			at, gaps, squares = at+c.at, gaps+c.at-last, squares+(c.at-last)*(c.at-last)
			last = c.at
		}
	}
	n := float64(minutes * count)
	if mean := at / n; math.Abs(mean-30) > 0.3 {
		t.Errorf("calls come at %v s on average, want 30", mean)
	}
	// Of 30 points in a minute, the standard deviation of a gap is 0.969 of its mean.
	if cv := math.Sqrt(squares/n-gaps/n*gaps/n) / (gaps / n); math.Abs(cv-0.969) > 0.02 {
		t.Errorf("gaps vary by %v of their mean, want 0.969", cv)
	}
}

func TestTheSeedAndTheNameDecideWhatIsDrawn(t *testing.T) {
	shop := calledEvery("shop", "http", 10, 3)
	same := func(a, b []call) bool { return slices.Equal(a, b) }
	first := drawn(workload(shop), 1)
	if !same(first, drawn(workload(shop), 1)) {
		t.Error("the same seed draws other calls")
	}
	shorter := shop
	shorter.Counts = shorter.Counts[:2]
	if !same(first, drawn(workload(shorter), 1)) {
		t.Error("a later minute changes the calls of an earlier one")
	}
	other := workload(shop)
	other.seed = 2
	if same(first, drawn(other, 1)) || same(first, drawn(workload(shop), 2)) || same(first, drawn(workload(calledEvery("cart", "http", 10, 3)), 1)) {
		t.Error("another seed, minute or function draws the same calls")
	}
}

// The durations of a function whose calls take 0.1 s mostly, and 10 s at most, of 0.5 s on
// average.
func TestDurationsHaveTheQuantilesAndTheMeanOfTheTrace(t *testing.T) {
	f := calledEvery("shop", "http", 5000, 20)
	f.Duration = 0.5
	f.DurationQuantiles = []trace.Quantile{{P: 0, Seconds: 0.05}, {P: 0.25, Seconds: 0.1}, {P: 0.75, Seconds: 0.2}, {P: 1, Seconds: 10}}
	w := workload(f)
	var all []float64
	sum := 0.0
	for m := range 20 {
		for _, c := range drawn(w, m) {
			all, sum = append(all, c.duration), sum+c.duration
		}
	}
	slices.Sort(all)
	scale := w.functions[0].spread.scale
	if mean := sum / float64(len(all)); math.Abs(mean-0.5) > 0.01 {
		t.Errorf("calls take %v s on average, want 0.5", mean)
	}
	// Half of the calls take less than the geometric mean of the quartiles.
	if median, want := all[len(all)/2], scale*math.Sqrt(0.1*0.2); math.Abs(median-want) > 0.01*want {
		t.Errorf("half of the calls take less than %v s, want %v", median, want)
	}
	if all[0] < scale*0.05 || all[len(all)-1] > scale*10 {
		t.Errorf("calls take %v to %v s", all[0], all[len(all)-1])
	}
	f.DurationQuantiles = nil
	if c := drawn(workload(f), 0)[0]; c.duration != 0.5 {
		t.Errorf("with the mean alone a call takes %v s, want 0.5", c.duration)
	}
}

// A function that is known to start slowly does so, whatever others do.
func TestTheTraceKnowsTheStartTimes(t *testing.T) {
	f := calledEvery("model", "http", 1, 1)
	f.Start = trace.StartTimes{Mean: 8, Quantiles: []trace.Quantile{{P: 0.5, Seconds: 4}}}
	w := workload(f)
	g := newGenerator()
	if got := g.start(&w.functions[0], 1, 0, 0); got != 8 {
		t.Errorf("a start takes %v s, want 8: half of the starts are 4 s, scaled to the mean", got)
	}
}

// The published mean and standard deviation are those of the published parameters.
func TestMeasuredStartsHaveThePublishedMean(t *testing.T) {
	s := MeasuredStarts()
	mean := math.Exp(s.Mu + s.Sigma*s.Sigma/2)
	deviation := mean * math.Sqrt(math.Exp(s.Sigma*s.Sigma)-1)
	if math.Abs(mean-3.24) > 0.005 || math.Abs(deviation-7.10) > 0.05 {
		t.Errorf("mean %v s, standard deviation %v s; published are 3.24 and 7.10", mean, deviation)
	}
	rng, sum := newGenerator().rng, 0.0
	for range 1_000_000 {
		sum += s.Draw(rng)
	}
	if got := sum / 1e6; math.Abs(got-mean) > 0.05 {
		t.Errorf("draws have the mean %v s, want %v", got, mean)
	}
}

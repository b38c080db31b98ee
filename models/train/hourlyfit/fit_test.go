package hourlyfit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prewarm/models/train/fit"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/forest"
	"prewarm/shared/series"
)

// small trains a model in a second, which does not predict well.
func small() Options {
	o := Defaults(3)
	o.Hidden, o.SeriesHidden, o.Updates, o.Stride = 3, 2, 3, 60
	o.Forest = forest.Config{Trees: 2, MaxLeafs: 4, Cuts: 4}
	return o
}

// madeUp returns n functions of nine hours: timers, and calls at random.
func madeUp(n int) []fit.Task {
	rng := rand.New(rand.NewPCG(9, 9))
	var tasks []fit.Task
	for i := range n {
		t := fit.Task{Owner: fmt.Sprintf("owner-%d", i), Name: fmt.Sprintf("f-%d", i), Counts: make([]int32, 540)}
		period := 11 + rng.IntN(80)
		for k := range t.Counts {
			if i%2 == 0 && k%period == 0 || i%2 == 1 && rng.IntN(period) == 0 {
				t.Counts[k] = 1
			}
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// region is the cold starts per minute of ten days with a swing of the day.
func region() []int32 {
	rng := rand.New(rand.NewPCG(8, 8))
	counts := make([]int32, 10*1440)
	for i := range counts {
		counts[i] = int32(20*(1+0.5*math.Sin(2*math.Pi*float64(i)/1440)) + 3*rng.Float64())
	}
	return counts
}

func bytesOf(t *testing.T, o Options, tasks []fit.Task, region []int32) []byte {
	t.Helper()
	m, err := Train(t.Context(), o, tasks, region)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := hourly.Save(&buf, m); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestATrainedModelLoadsAndIsTheSameEachTime(t *testing.T) {
	data := bytesOf(t, small(), madeUp(40), region())
	if _, err := hourly.Load(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if again := bytesOf(t, small(), madeUp(40), region()); !bytes.Equal(data, again) {
		t.Error("the same seed gave another model")
	}
}

// The model does not depend on the functions of the test group.
func TestTheTestGroupIsNeverTrainedOn(t *testing.T) {
	tasks := madeUp(40)
	want := bytesOf(t, small(), tasks, region())
	held := 0
	for i := range tasks {
		if fit.GroupOf(tasks[i].Owner) == fit.TestGroup {
			tasks[i].Counts = slices.Repeat([]int32{123}, len(tasks[i].Counts))
			held++
		}
	}
	if held == 0 {
		t.Fatal("no function is in the test group")
	}
	if got := bytesOf(t, small(), tasks, region()); !bytes.Equal(got, want) {
		t.Error("the model depends on functions of the test group")
	}
}

// After a short training, the forecast of a region is better than its last value, and
// that of a timer is near its number of calls.
func TestTrainingLearns(t *testing.T) {
	o := small()
	o.Updates, o.Stride, o.Hidden, o.SeriesHidden = 400, 13, 4, 4
	o.Forest, o.Boost = forest.Config{Trees: 20, MaxLeafs: 8, MinLeaf: 5}, 0.2
	p, err := hourly.Load(bytes.NewReader(bytesOf(t, o, madeUp(40), region())))
	if err != nil {
		t.Fatal(err)
	}
	var ours, last float64
	hours := Hours(region(), 0)
	for at := 48; at < len(hours); at++ {
		e, err := p.Series(series.Window{StepSeconds: 3600, Counts: hours[:at]})
		if err != nil {
			t.Fatal(err)
		}
		ours += math.Pow(e.Refined-float64(hours[at]), 2)
		last += math.Pow(float64(hours[at-1])-float64(hours[at]), 2)
	}
	if ours > last/2 {
		t.Errorf("squared error of %v, the last value has %v", ours, last)
	}
	timer := make([]int32, 240)
	for i := 19; i < len(timer); i += 20 {
		timer[i] = 1
	}
	if e, err := p.Function(series.Window{StepSeconds: 60, Counts: timer}); err != nil || e.Refined < 2 || e.Refined > 4 {
		t.Errorf("three calls an hour: %+v, %v", e, err)
	}
}

func TestAnInterruptEndsTheTraining(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Train(ctx, small(), madeUp(40), region()); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped at update 0 of 3") {
		t.Errorf("got %v", err)
	}
}

func TestOptionsAndDataAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(*Options){
		"hidden must be":        func(o *Options) { o.Hidden = 0 },
		"series_hidden must be": func(o *Options) { o.SeriesHidden = 0 },
		"updates must be":       func(o *Options) { o.Updates = 0 },
		"stride must be":        func(o *Options) { o.Stride = 0 },
		"examples must be":      func(o *Options) { o.Examples = 1 },
		"rate must be":          func(o *Options) { o.Rate = math.NaN() },
		"dense from 0":          func(o *Options) { o.Dense = 1 },
		"to train on":           func(o *Options) { o.Dense = 0.99 },
		"trees must be":         func(o *Options) { o.Forest.Trees = 0 },
	} {
		o := small()
		spoil(&o)
		if _, err := Train(t.Context(), o, madeUp(40), region()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := Train(t.Context(), small(), madeUp(1), region()); err == nil || !strings.Contains(err.Error(), "must have at least one of the 1 functions") {
		t.Errorf("got %v", err)
	}
	if _, err := Train(t.Context(), small(), madeUp(40), region()[:1440]); err == nil || !strings.Contains(err.Error(), "at least 192 hours, had: 24") {
		t.Errorf("got %v", err)
	}
	unknown := slices.Repeat([]int32{series.NoData}, 10*1440)
	if _, err := Train(t.Context(), small(), madeUp(40), unknown); err == nil || !strings.Contains(err.Error(), "no 7 hours in a row") {
		t.Errorf("got %v", err)
	}
}

// An hour with a missing minute is missing.
func TestMinutesAreSummedToHours(t *testing.T) {
	minutes := slices.Repeat([]int32{2}, 200)
	if got := Hours(minutes, 10); !slices.Equal(got, []int32{120, 120, 120}) {
		t.Errorf("got %v", got)
	}
	minutes[75] = series.NoData
	if got := Hours(minutes, 0); !slices.Equal(got, []int32{120, series.NoData, 120}) {
		t.Errorf("got %v", got)
	}
	minutes[5], minutes[6] = math.MaxInt32, math.MaxInt32
	if got := Hours(minutes, 0); got[0] != math.MaxInt32 {
		t.Errorf("got %v", got)
	}
}

// Windows end an hour before their task does, and are three to six hours long.
func TestWindowsLieWithinTheirTask(t *testing.T) {
	o := small()
	o.Stride, o.Timers = 7, 0.25
	all := o.windows(madeUp(20), rand.New(rand.NewPCG(1, 1)))
	for _, w := range all {
		if hours := w.origin() / hourly.Hour; hours < hourly.MinHours || hours > hourly.MaxHours {
			t.Fatalf("a history of %d steps", w.origin())
		}
	}
	if real := 20 * 300 / 7; len(all) < real*5/4 || len(all) > real*3/2 {
		t.Errorf("%d windows with a quarter of timers, %d of them real", len(all), real)
	}
}

// Trees that are always right get a weight near 1, trees that are wrong one of 0.
func TestTheWeightOfTheTreesIsThatOfLeastError(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var rows []row
	for range 400 {
		r := row{x: make([]float32, hourly.Columns), observed: float32(rng.NormFloat64())}
		r.x[4] = r.observed
		rows = append(rows, r)
	}
	o := small()
	o.Forest, o.Boost = forest.Config{Trees: 40, MinLeaf: 4}, 0.2
	f, err := o.forest(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	if w := weigh(f, rows); w < 0.9 {
		t.Errorf("right, but with a weight of %v", w)
	}
	for i := range rows {
		rows[i].observed *= -1
	}
	if w := weigh(f, rows); w != 0 {
		t.Errorf("wrong, but with a weight of %v", w)
	}
}

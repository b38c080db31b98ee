package hourly

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// madeUp is a model of random parts, all of which influence its forecasts.
func madeUp(t testing.TB) *Model {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, 200*Columns), make([]float32, 200)
	for i := range x {
		x[i] = float32(10 * rng.Float64())
	}
	for i := range y {
		y[i] = x[i*Columns] - x[i*Columns+3] + x[i*Columns+9]
	}
	f, err := forest.TrainRegressor(forest.Config{Trees: 5, MaxLeafs: 8}, x, Columns, y, rng)
	if err != nil {
		t.Fatal(err)
	}
	var pool feature.KaplanMeier
	pool.Add(everySteps(30, 1000))
	d := pool.Distribution()
	return &Model{
		Function: lstm.New[float32](lstm.Shape{Inputs: Inputs, Hidden: 5, Outputs: 1}, rng),
		Series:   lstm.New[float32](lstm.Shape{Inputs: SeriesInputs, Hidden: 3, Outputs: 1}, rng),
		Adapt:    forecast.Adaptation{Gain: 0.5, Ridge: 3}, SeriesAdapt: forecast.Adaptation{Gain: 1, Ridge: 2},
		Gaps: NewGaps(&d), Forest: f, ForestWeight: 0.7,
	}
}

func predictor(t testing.TB) *Predictor {
	t.Helper()
	p, err := New(madeUp(t), "made up")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everySteps is a history with one call every period steps.
func everySteps(period, steps int) []int32 {
	counts := make([]int32, steps)
	for i := period - 1; i < steps; i += period {
		counts[i] = 1
	}
	return counts
}

func minutes(counts []int32) series.Window { return series.Window{StepSeconds: 60, Counts: counts} }
func hours(counts []int32) series.Window   { return series.Window{StepSeconds: 3600, Counts: counts} }

// drawn returns a history of active steps, steps without calls and unknown steps.
func drawn(rng *rand.Rand, steps int) []int32 {
	counts, busy := make([]int32, steps), rng.Float64()*rng.Float64()
	for i := range counts {
		switch v := rng.Float64(); {
		case v < 0.02:
			counts[i] = series.NoData
		case v < 0.02+busy:
			counts[i] = int32(1 + rng.IntN(1000))
		}
	}
	return counts
}

// Property: counts at or after the origin, even in the memory behind the window, do
// not change a forecast.
func TestNoForecastSeesTheFuture(t *testing.T) {
	p, rng := predictor(t), rand.New(rand.NewPCG(3, 4))
	for range 100 {
		all := drawn(rng, 700)
		at := MinHours*Hour + rng.IntN(300)
		all[at-1] = 5
		function, err := p.Function(minutes(all[:at]))
		region, errRegion := p.Series(hours(all[:at]))
		for i := at; i < len(all); i++ {
			all[i] = int32(rng.IntN(100000))
		}
		functionAgain, errAgain := p.Function(minutes(all[:at]))
		regionAgain, errRegionAgain := p.Series(hours(all[:at]))
		if err := errors.Join(err, errRegion, errAgain, errRegionAgain); err != nil {
			t.Fatal(err)
		}
		if function != functionAgain || region != regionAgain {
			t.Fatalf("the forecast changed from %+v to %+v, and %+v to %+v", function, functionAgain, region, regionAgain)
		}
	}
}

// The hours before the last six do not change the forecast of a function.
func TestTheLookBackEndsAfterSixHours(t *testing.T) {
	p, rng := predictor(t), rand.New(rand.NewPCG(5, 6))
	counts := drawn(rng, 1000)
	want, err := p.Function(series.Window{StepSeconds: 60, Start: 640 * 60, Counts: counts[640:]})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 640 {
		counts[i] = 7
	}
	if got, err := p.Function(minutes(counts)); err != nil || got != want {
		t.Errorf("got %+v, want %+v, %v", got, want, err)
	}
}

// For any window, every prediction is finite, not negative, and at most the number of
// cold starts that fit into an hour.
func TestEveryPredictionIsWithinBounds(t *testing.T) {
	p, rng := predictor(t), rand.New(rand.NewPCG(7, 8))
	for range 300 {
		counts := drawn(rng, MinHours*Hour+rng.IntN(600))
		e, err := p.Function(minutes(counts))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []float64{e.Plain, e.Adapted, e.Refined} {
			if !(v >= 0 && v <= MaxColdStarts) {
				t.Fatalf("%+v of %v", e, counts)
			}
		}
		counts[len(counts)-1] = math.MaxInt32
		e, err = p.Series(hours(counts))
		if err != nil || !(e.Plain >= 0 && e.Refined >= 0) || math.IsInf(e.Plain+e.Refined, 0) {
			t.Fatalf("%+v, %v of %v", e, err, counts)
		}
	}
}

func TestTooLittleDataIsErrNoData(t *testing.T) {
	p := predictor(t)
	unknown := make([]int32, 200)
	for i := range unknown {
		unknown[i] = series.NoData
	}
	for name, counts := range map[string][]int32{"short": make([]int32, 179), "unknown": unknown} {
		if _, err := p.Function(minutes(counts)); !errors.Is(err, forecast.ErrNoData) || !strings.Contains(err.Error(), "at least 180 steps") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, counts := range map[string][]int32{"two hours": {1, 2}, "last unknown": {1, 2, 3, 4, series.NoData}} {
		if _, err := p.Series(hours(counts)); !errors.Is(err, forecast.ErrNoData) || !strings.Contains(err.Error(), "at least 3 hours") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Series(hours([]int32{4, 5, 6})); err != nil {
		t.Errorf("three hours are enough: %v", err)
	}
}

func TestAWindowThatIsNotValidIsRefused(t *testing.T) {
	p := predictor(t)
	if _, err := p.Function(minutes([]int32{-5})); !errors.Is(err, series.ErrWindow) {
		t.Errorf("got %v", err)
	}
	if _, err := p.Series(series.Window{Counts: []int32{1}}); !errors.Is(err, series.ErrWindow) {
		t.Errorf("got %v", err)
	}
}

// A part that does not fit is named.
func TestPartsThatDoNotFitAreRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Model){
		"fall of the gaps":      func(m *Model) { m.Gaps.Fall = 1 },
		"trust":                 func(m *Model) { m.ForestWeight = float32(math.NaN()) },
		"ridge from":            func(m *Model) { m.SeriesAdapt.Ridge = 0 },
		"gain must":             func(m *Model) { m.Adapt.Gain = -1 },
		"network of a function": func(m *Model) { m.Function = m.Series },
		"network of a series":   func(m *Model) { m.Series = m.Function },
		"forest must have": func(m *Model) {
			m.Forest, _ = forest.TrainRegressor(forest.Config{Trees: 1}, []float32{1, 2}, 1, []float32{1, 2}, rand.New(rand.NewPCG(1, 1)))
		},
	} {
		m := madeUp(t)
		spoil(m)
		if _, err := New(m, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// One predictor serves many at once, and each gets the answer it would get
// alone.
func TestAPredictorServesManyAtOnce(t *testing.T) {
	p := predictor(t)
	want := map[int]Expected{}
	for period := 5; period < 25; period++ {
		want[period], _ = p.Function(minutes(everySteps(period, 300)))
	}
	got := make(chan bool)
	for period, e := range want {
		go func() {
			same := true
			for range 20 {
				again, err := p.Function(minutes(everySteps(period, 300)))
				same = same && err == nil && again == e
			}
			got <- same
		}()
	}
	for range want {
		if !<-got {
			t.Error("an answer differs")
		}
	}
}

func BenchmarkFunction(b *testing.B) {
	p := predictor(b)
	w := minutes(everySteps(17, MinHours*Hour))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Function(w); err != nil {
			b.Fatal(err)
		}
	}
}

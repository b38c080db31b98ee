package hourly

import (
	"cmp"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

func predictor(t *testing.T) *hourly.Predictor {
	t.Helper()
	p, err := models.LoadHourly()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// timers returns a trace of one function per period, with a call every so many
// minutes of which one in ten is missed.
func timers(minutes int, periods ...int) *trace.Trace {
	rng := rand.New(rand.NewPCG(1, 2))
	t := &trace.Trace{Layout: trace.Azure2019SingleDay, Minutes: minutes}
	for i, period := range periods {
		f := trace.Function{Name: string(rune('a' + i)), Counts: make([]int32, minutes)}
		for m := period / 2; m < minutes; m += period {
			if rng.IntN(10) > 0 {
				f.Counts[m] = 1
			}
		}
		t.Functions = append(t.Functions, f)
	}
	return t
}

// scored scores all functions of a trace by the embedded model.
func scored(t *testing.T, tr *trace.Trace) *FunctionErrors {
	t.Helper()
	e, err := Score([]Part{{Trace: tr, Functions: tr.Functions, Model: predictor(t)}}, 13)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// All methods are scored on the same hours. The errors of zero are the observed
// numbers themselves.
func TestEveryMethodIsScoredOnTheSameHours(t *testing.T) {
	e, all := scored(t, timers(600, 17, 40, 90)), []int{0, 1, 2}
	zero, origins := metric.Sum(e.errors[0], all, nil), float64(3*((600-60-180)/13+1))
	if e.methods[0] != "zero" || zero.N != origins || math.Abs(zero.Squares-zero.ObservedSquares) > 1e-9 || zero.Observed == 0 {
		t.Errorf("%s: %+v over %v origins", e.methods[0], zero, origins)
	}
	for i, name := range e.methods {
		if sum := metric.Sum(e.errors[i], all, nil); sum.N != origins || sum.Observed != zero.Observed {
			t.Errorf("%s: %+v", name, sum)
		}
	}
}

// Property: counts before the look-back or after the hour change no method's error
// in that hour.
func TestHourDependsOnItsLookBackAlone(t *testing.T) {
	rng, p := rand.New(rand.NewPCG(3, 4)), predictor(t)
	for range 20 {
		tr := timers(700, 5+rng.IntN(60))
		part := Part{Trace: tr, Functions: tr.Functions, Model: p}
		at := rng.IntN(len(method.Origins(tr, tr.Functions[0], 13)))
		score := func() FunctionErrors {
			e := FunctionErrors{}
			e.begin(0, true)
			if err := e.addOrigin(part, method.Origins(tr, tr.Functions[0], 13)[at]); err != nil {
				t.Fatal(err)
			}
			return e
		}
		want, minute := score(), method.WarmUp+13*at
		for i := range tr.Functions[0].Counts {
			if i < minute-LookBack || i >= minute+hourly.Hour {
				tr.Functions[0].Counts[i] = int32(rng.IntN(3))
			}
		}
		if got := score(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// Hours with an unknown minute are left out. If no hour is left, that is an error.
func TestUnknownHoursAreLeftOut(t *testing.T) {
	tr := timers(300, 20)
	known := scored(t, tr).errors[0][0].N
	tr.Functions[0].Counts[200], tr.Functions[0].Counts[239] = series.NoData, series.NoData
	if _, err := Score([]Part{{Trace: tr, Functions: tr.Functions, Model: predictor(t)}}, 13); err == nil || !strings.Contains(err.Error(), "no hour") {
		t.Errorf("%v hours were known before, now: %v", known, err)
	}
}

// The rate classes add up to all functions, and a gain is a difference of R2.
func TestGroupsAddUp(t *testing.T) {
	tr := timers(1440, 2, 17, 40, 200)
	groups := scored(t, tr).Groups()
	if groups[0].Functions != 4 || groups[1].Functions != 3 {
		t.Fatalf("%d functions, %d of them sparse", groups[0].Functions, groups[1].Functions)
	}
	n := 0
	for _, g := range groups[2:] {
		n += g.N
	}
	if n != groups[0].N {
		t.Errorf("the classes have %d hours, all %d", n, groups[0].N)
	}
	ours := groups[1].method(Refined)
	for _, r := range groups[1].Methods {
		if math.Abs(ours.R2-r.R2-r.Gain.Difference) > 1e-9 || r.Gain.Low > r.Gain.High {
			t.Errorf("%s: %+v beside %v", r.Name, r, ours.R2)
		}
	}
	if best := groups[1].bestBaseline(); best.Name == Renewal || best.R2 < groups[1].Methods[0].R2 {
		t.Errorf("best baseline %+v", best)
	}
}

// The section has a table of all functions and one of the sparse functions. Regions
// stand side by side.
func TestSectionsShowWhatWasScored(t *testing.T) {
	e := scored(t, timers(600, 17, 40))
	section := e.Section("hourly-x", "Title", "by a test")
	for _, want := range []string{"by a test", "| all functions |", "| sparse functions |", "2 functions, N = 56 hours", "| moving average", "| " + Refined + " |"} {
		if !strings.Contains(section.Text, want) {
			t.Errorf("%q is missing from:\n%s", want, section.Text)
		}
	}
	side := RegionsOfFunctions("hourly-y", "Title", "by a test", []string{"R2", "R3"}, []*FunctionErrors{e, e})
	for _, want := range []string{"R2: RMSE", "R3: RMSE", "R3: 2 functions, N = 56 hours"} {
		if !strings.Contains(side.Text, want) {
			t.Errorf("%q is missing from:\n%s", want, side.Text)
		}
	}
}

// The best baseline has the highest R2 of the methods without training, whatever
// trained parts have.
func TestBestBaselineIsNotTrained(t *testing.T) {
	var g Group
	for name, r2 := range map[string]float64{"zero": -0.5, "TSB": 0.25, method.GapHazard: 0.5, Renewal: 0.75, Plain: 0.8, Adapted: 0.85, Refined: 0.9, Present: 0.95} {
		g.Methods = append(g.Methods, MethodScores{Name: name, Accuracy: metric.Accuracy{R2: r2}})
	}
	slices.SortFunc(g.Methods, func(a, b MethodScores) int { return cmp.Compare(a.R2, b.R2) }) // zero is the first, as in a report
	if best := g.bestBaseline(); best.Name != method.GapHazard || g.method(Adapted).R2 != 0.85 {
		t.Errorf("got %+v", best)
	}
	if text := classTable([]Group{g}); !strings.Contains(text, "| own gap hazard | 0.000 | 0.5000 | 0.000 | 0.9000 |") {
		t.Errorf("got\n%s", text)
	}
}

// Classes without a scored hour are left out, and so are functions without one.
func TestGroupsHoldScoredFunctionsOnly(t *testing.T) {
	var e FunctionErrors
	for i, class := range []metric.RateClass{0, 2, 2, 3} {
		e.begin(class, class < 2)
		if i != 3 {
			for _, name := range []string{Plain, Adapted, Refined} {
				e.add(name, 1, i)
			}
		}
	}
	groups := e.Groups()
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	if !slices.Equal(names, []string{"all", "sparse", "below 10 active minutes a day", "100 to 1,000 active minutes a day"}) {
		t.Errorf("groups %q", names)
	}
	if groups[0].Functions != 3 || groups[0].N != 3 || groups[1].Functions != 1 || groups[3].Functions != 2 {
		t.Errorf("got %+v", groups)
	}
	if v := groups[0].Adapted; v != (metric.Interval{}) {
		t.Errorf("two methods with equal predictions differ by %+v", v)
	}
}

// A method that first appears with a later function has no errors on the earlier
// ones.
func TestErrorsAreKeptPerMethodAndFunction(t *testing.T) {
	var e FunctionErrors
	e.begin(0, true)
	e.add("x", 1, 3)
	e.begin(1, false)
	e.add("x", 5, 5)
	e.add("y", 2, 2)
	want := [][]metric.ErrorSums{
		{{N: 1, Squares: 4, Observed: 3, ObservedSquares: 9}, {N: 1, Observed: 5, ObservedSquares: 25, Near: 1}},
		{{}, {N: 1, Observed: 2, ObservedSquares: 4, Near: 1}},
	}
	if !reflect.DeepEqual(e.errors, want) {
		t.Errorf("got %+v, want %+v", e.errors, want)
	}
}

package hourly

import (
	"math"
	"math/rand/v2"
	"reflect"
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

// made is a trace of functions with calls every so many minutes, each beat in
// ten missed.
func made(minutes int, periods ...int) *trace.Trace {
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

func scored(t *testing.T, tr *trace.Trace) *Scores {
	t.Helper()
	s, err := Score([]Part{{Trace: tr, Functions: tr.Functions, Model: predictor(t)}}, 13)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every method is scored on the same hours, and the scores are those of what it
// says: zero is as far off as what came.
func TestEveryMethodIsScoredOnTheSameHours(t *testing.T) {
	s := scored(t, made(600, 17, 40, 90))
	zero, origins := s.sum(0, everything, nil), float64(3*((600-60-180)/13+1))
	if s.names[0] != "zero" || zero.N != origins || math.Abs(zero.Squares-zero.CameSquares) > 1e-9 || zero.Came == 0 {
		t.Errorf("%s: %+v over %v origins", s.names[0], zero, origins)
	}
	for i, name := range s.names {
		if e := s.sum(i, everything, nil); e.N != origins || e.Came != zero.Came {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// Property: what lies before the look-back and after the hour changes no score
// of that hour, of any method.
func TestAnHourRestsOnItsLookBackAlone(t *testing.T) {
	rng, p := rand.New(rand.NewPCG(3, 4)), predictor(t)
	for range 20 {
		tr := made(700, 5+rng.IntN(60))
		part := Part{Trace: tr, Functions: tr.Functions, Model: p}
		at := rng.IntN(len(method.Origins(tr, tr.Functions[0], 13)))
		score := func() Scores {
			s := Scores{}
			s.begin("f", 0, true)
			if err := s.take(part, method.Origins(tr, tr.Functions[0], 13)[at]); err != nil {
				t.Fatal(err)
			}
			return s
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

// Hours that are not known as a whole are left out, and a trace without one is
// an error.
func TestUnknownHoursAreLeftOut(t *testing.T) {
	tr := made(300, 20)
	known := scored(t, tr).all().N
	tr.Functions[0].Counts[200], tr.Functions[0].Counts[239] = series.NoData, series.NoData
	if _, err := Score([]Part{{Trace: tr, Functions: tr.Functions, Model: predictor(t)}}, 13); err == nil || !strings.Contains(err.Error(), "no hour") {
		t.Errorf("%v hours were known before: %v", known, err)
	}
}

// Groups hold the functions that they name, and differences are those of R2.
func TestGroupsAddUp(t *testing.T) {
	tr := made(1440, 2, 17, 40, 200)
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
	ours := groups[1].row(Refined)
	for _, r := range groups[1].Rows {
		if math.Abs(ours.R2-r.R2-r.Gain.Difference) > 1e-9 || r.Gain.Low > r.Gain.High {
			t.Errorf("%s: %+v beside %v", r.Name, r, ours.R2)
		}
	}
	if best := groups[1].bestBaseline(); best.Name == Renewal || best.R2 < groups[1].Rows[0].R2 {
		t.Errorf("best baseline %+v", best)
	}
}

// The section has a table for all functions and one for the sparse, with their
// numbers.
func TestTheSectionShowsWhatWasScored(t *testing.T) {
	s := scored(t, made(600, 17, 40))
	section := s.Section("hourly-x", "Title", "by a test")
	for _, want := range []string{"by a test", "| all functions |", "| sparse functions |", "2 functions, N = 56 hours", "| moving average", "| " + Refined + " |"} {
		if !strings.Contains(section.Text, want) {
			t.Errorf("%q is missing from:\n%s", want, section.Text)
		}
	}
	side := RegionsOfFunctions("hourly-y", "Title", "by a test", []string{"R2", "R3"}, []*Scores{s, s})
	for _, want := range []string{"R2: RMSE", "R3: RMSE", "R3: 2 functions, N = 56 hours"} {
		if !strings.Contains(side.Text, want) {
			t.Errorf("%q is missing from:\n%s", want, side.Text)
		}
	}
}

// A function that a sample draws twice counts twice.
func TestSamplesWeighFunctions(t *testing.T) {
	s := &Scores{}
	s.begin("a", 0, true)
	s.add("x", 1, 3)
	s.begin("b", 0, true)
	s.add("x", 5, 5)
	if got := s.sum(0, sparse, []float64{2, 0}); got != (metric.Errors{N: 2, Squares: 8, Came: 6, CameSquares: 18}) {
		t.Errorf("got %+v", got)
	}
}

package capacity

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/forest"
)

// madeUp is a model whose calls take 0.1 s. Its forest is trained on noise.
func madeUp(t testing.TB) *Model {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, 50*Columns), make([]float32, 50)
	for i := range x {
		x[i] = rng.Float32()
	}
	for i := range y {
		y[i] = 0.2 * (rng.Float32() - 0.5)
	}
	f, err := forest.TrainRegressor(forest.Config{Trees: 3, MaxLeafs: 4}, x, Columns, y, rng)
	if err != nil {
		t.Fatal(err)
	}
	m := plain()
	m.Forest, m.Spread = f, [2]float64{-0.2, 0.1}
	return m
}

// plain is a model without a forest: each replica carries 0.5 calls in service of
// arrivals, or two callers of a closed loop.
func plain() *Model {
	return &Model{
		About:   About{Name: "sleep", Objective: "p90 at most 0.15 s"},
		Scale:   Vector{1, 1, 1, 1, 1, 1, 1, 1, 1},
		High:    Vector{100, 100, 1, 100, 1, 1, 1, 1, 1},
		Service: 0.1, LowestRate: 4, Carry: []float64{5, 10, 40},
		Level: [Kinds]float64{math.Log(0.5), math.Log(2)}, Seen: [Kinds]bool{true, true},
	}
}

// arriving is a load of calls of 0.1 s that do not wait.
func arriving(rate float64) Vector { return Vector{rate, 28, 0, 90, 0.1, 0.1, 0.1, 0.1, 0.1} }

func TestPredictionsOfAPlainModel(t *testing.T) {
	reserve := func(m *Model) { m.Reserve = 1 }
	for _, c := range []struct {
		cause  string
		change func(m *Model)
		x      Vector
		want   int
	}{
		{"two calls in service, 0.5 each", nil, arriving(20), 4},
		{"nothing to do takes one replica", nil, arriving(0), 1},
		{"four calls and a reserve of two", reserve, arriving(40), 12},
		{"above the load test in proportion", reserve, arriving(80), 24},
		{"a closed loop of six callers, two each", reserve, Vector{60, 28, 0, 6, 0.1, 0.1, 0.1, 0.1, 0.1}, 3},
		{"never more than the bound", nil, arriving(10_000), MaxReplicas},
	} {
		m := plain()
		if c.change != nil {
			c.change(m)
		}
		if got := m.Predict(c.x); got.Replicas != c.want || got.Interval != [2]int{c.want, c.want} {
			t.Errorf("%s: got %+v, want %d", c.cause, got, c.want)
		}
	}
}

// With the spread of log c, the interval of four calls in service, 0.5 each, is
// 8·e^-0.1 to 8·e^0.2.
func TestTheIntervalIsThatOfTheSpread(t *testing.T) {
	m := plain()
	m.Spread = [2]float64{-0.2, 0.1}
	if got := m.Predict(arriving(40)); got.Interval != [2]int{8, 10} {
		t.Errorf("got %+v", got)
	}
}

func TestTheReasonSaysWhatWasNotTested(t *testing.T) {
	m := plain()
	m.Seen[Open] = false
	x := arriving(50)
	x[size] = 200
	reason := m.Predict(x).Reason
	for _, want := range []string{
		"5.0 calls in service (50.0/s of 0.100 s), of which a replica carries 0.50 (p90 at most 0.15 s): 10, in 90 % of cases 10 to 10",
		"not tested: requests_per_second 50 (0 to 40), response_bytes 200 (0 to 100), arrivals that do not wait for answers",
	} {
		if !strings.Contains(reason, want) {
			t.Errorf("want %q in %q", want, reason)
		}
	}
}

func TestPredictPanicsOnInvalidFeatures(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a negative rate was answered")
		}
	}()
	plain().Predict(arriving(-1))
}

func TestAModelSurvivesItsFile(t *testing.T) {
	m := madeUp(t)
	again, err := Load(bytes.NewReader(modelFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(again.String(), "sleep ") || len(again.String()) != len("sleep 0123456789ab") {
		t.Errorf("the version must come from the file, was: %s", again)
	}
	m.version = again.version
	for rate := range 60 {
		if a, b := m.Predict(arriving(float64(rate))), again.Predict(arriving(float64(rate))); a != b {
			t.Fatalf("%+v became %+v", a, b)
		}
	}
	m.Forest, again.Forest = nil, nil // their predictions were compared above
	if !reflect.DeepEqual(m, again) {
		t.Errorf("%+v became %+v", m, again)
	}
}

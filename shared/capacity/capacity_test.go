package capacity

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// loads returns samples of a function whose replicas serve one call of 50 ms at
// a time: as many callers as wait for one call each need a replica for each four,
// which keeps the latency below 200 ms.
func loads(n int, rng *rand.Rand) []Sample {
	var all []Sample
	for range n {
		callers, replicas := 1+rng.IntN(32), 1+rng.IntN(8)
		wait := 0.05 * math.Max(1, float64(callers)/float64(replicas))
		noise := func(f float64) float64 { return wait * f * (0.95 + 0.1*rng.Float64()) }
		rate := math.Min(float64(callers), float64(replicas)) / 0.05
		all = append(all, Sample{
			X:        Vector{rate * (0.97 + 0.06*rng.Float64()), 28, 0, float64(callers), noise(0.7), noise(1), noise(1.1), noise(1.2), noise(1.4)},
			Replicas: (callers + 3) / 4,
		})
	}
	return all
}

func train(t *testing.T, samples []Sample) *Model {
	t.Helper()
	m, err := Train(samples, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func predict(t *testing.T, m *Model, x Vector) Answer {
	t.Helper()
	a, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestHeldOutLoads: on loads that were not in training the model gives enough
// replicas with at most one too many, and beats the formula.
func TestHeldOutLoads(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	seen, unseen := loads(400, rng), loads(200, rng)
	m, formula := train(t, seen), FitFormula(seen)
	var model, simple []int
	for _, s := range unseen {
		model = append(model, predict(t, m, s.X).Replicas)
		simple = append(simple, formula.Replicas(s.X))
	}
	got, base := score("forest", model, unseen), score("formula", simple, unseen)
	if got.AtMost < 0.95 || got.Error >= base.Error {
		t.Errorf("enough and at most one too many in %.1f %%, error %.2f; the formula's %.2f", 100*got.AtMost, got.Error, base.Error)
	}
}

func TestAnAnswerHasAnIntervalAndAReason(t *testing.T) {
	m := train(t, loads(300, rand.New(rand.NewPCG(5, 6))))
	a := predict(t, m, loads(1, rand.New(rand.NewPCG(7, 8)))[0].X)
	if a.Low > a.Replicas || a.High < a.Replicas || a.Low < 1 || !strings.Contains(a.Reason, "in 90 % of cases") {
		t.Errorf("got %+v", a)
	}
}

func TestTheSameSamplesGiveTheSameModel(t *testing.T) {
	samples := loads(60, rand.New(rand.NewPCG(5, 6)))
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := Save(out, train(t, samples)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the files differ")
	}
}

func TestAModelSurvivesItsFile(t *testing.T) {
	samples := loads(60, rand.New(rand.NewPCG(5, 6)))
	m := train(t, samples)
	var file bytes.Buffer
	if err := Save(&file, m); err != nil {
		t.Fatal(err)
	}
	again, err := Load(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		if a, b := predict(t, m, s.X), predict(t, again, s.X); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v became %+v", a, b)
		}
	}
	for _, broken := range [][]byte{nil, file.Bytes()[:10], file.Bytes()[:100], append([]byte("X"), file.Bytes()...)} {
		if _, err := Load(bytes.NewReader(broken)); err == nil {
			t.Errorf("%d bytes were loaded", len(broken))
		}
	}
}

func TestFeaturesAreNamedWhereTheyAreWrong(t *testing.T) {
	good := map[string]float64{}
	for i, name := range Names() {
		good[name] = float64(i) / 10
	}
	x, err := FromMap(good)
	if err != nil || x[8] != 0.8 || x[1] != 0.1 {
		t.Errorf("got %v, %v", x, err)
	}
	for want, change := range map[string]func(map[string]float64){
		"must be set: p99_seconds":      func(m map[string]float64) { delete(m, "p99_seconds") },
		"unknown: [\"p999_seconds\"]":   func(m map[string]float64) { m["p999_seconds"] = 1 },
		"p50_seconds must be finite":    func(m map[string]float64) { m["p50_seconds"] = math.NaN() },
		"concurrency must be finite":    func(m map[string]float64) { m["concurrency"] = -1 },
		"response_bytes must be finite": func(m map[string]float64) { m["response_bytes"] = math.Inf(1) },
		"error_share must be at most 1": func(m map[string]float64) { m["error_share"] = 1.1 },
	} {
		bad := map[string]float64{}
		for k, v := range good {
			bad[k] = v
		}
		change(bad)
		if _, err := FromMap(bad); !errors.Is(err, ErrFeatures) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestTheErrorShareIsDefinedForZero(t *testing.T) {
	for _, c := range [][3]float64{{0, 0, 0}, {4, 0, 0}, {0, 4, 1}, {3, 1, 0.25}} {
		if got := ErrorShare(c[0], c[1]); got != c[2] {
			t.Errorf("%v succeeded and %v failed: got %v, want %v", c[0], c[1], got, c[2])
		}
	}
}

func TestSamplesThatCannotBeLearned(t *testing.T) {
	good := loads(3, rand.New(rand.NewPCG(1, 1)))
	for want, change := range map[string]func([]Sample) []Sample{
		"no samples":                  func([]Sample) []Sample { return nil },
		"samples[1].replicas must be": func(s []Sample) []Sample { s[1].Replicas = 0; return s },
		"samples[2]":                  func(s []Sample) []Sample { s[2].X[4] = math.NaN(); return s },
	} {
		if _, err := Train(change(append([]Sample(nil), good...)), rand.New(rand.NewPCG(1, 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestFolds(t *testing.T) {
	blocks := Folds(10, 3, false, nil)
	if want := []int{0, 0, 0, 0, 1, 1, 1, 2, 2, 2}; !reflect.DeepEqual(blocks, want) {
		t.Errorf("blocks %v, want %v", blocks, want)
	}
	count := [3]int{}
	for _, f := range Folds(10, 3, true, rand.New(rand.NewPCG(1, 1))) {
		count[f]++
	}
	if count != [3]int{4, 3, 3} {
		t.Errorf("random folds have sizes %v", count)
	}
}

func TestScores(t *testing.T) {
	samples := []Sample{{Replicas: 1}, {Replicas: 1}, {Replicas: 3}, {Replicas: 4}}
	got := score("x", []int{1, 2, 3, 2}, samples)
	want := Score{Name: "x", Accuracy: 0.5, Error: 0.75, AtMost: 0.75, Recall: map[int]float64{1: 0.5, 3: 1, 4: 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestThePublicLoadTests: on blocked folds the model is closer to the answers of
// the table than the majority class and the last value. The answers are those of
// an HPA that lags behind the load.
func TestThePublicLoadTests(t *testing.T) {
	folder := os.Getenv("PREWARM_TRACES")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "traces")
	}
	file, err := os.Open(filepath.Join(folder, "hey_loadtest", "hey_grid.csv"))
	if err != nil {
		t.Skipf("the public load tests are not there: %v", err)
	}
	defer file.Close()
	samples, err := ReadHeyGrid(file)
	if err != nil || len(samples) != 342 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	scores, err := Evaluate(samples, Folds(len(samples), 5, false, nil), 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range scores[1:] {
		if scores[0].Accuracy <= base.Accuracy || scores[0].Error >= base.Error {
			t.Errorf("forest %+v, %s %+v", scores[0], base.Name, base)
		}
	}
}

func FuzzReadHeyGrid(f *testing.F) {
	const head = "Requests/sec,Size/request,Status 200,Status 500,Concurrent requests,10th percentile,50th percentile,75th percentile,90th percentile,99th percentile,hello - Current replicas\n"
	f.Add(head + "797.9,28 bytes,400,0,10,0.0055,0.01,0.0148,0.0223,0.0322,5\n")
	f.Add(head + "NaN,28 bytes,400,0,10,0.0055,0.01,0.0148,0.0223,0.0322,1e9\n")
	f.Fuzz(func(t *testing.T, text string) {
		samples, err := ReadHeyGrid(strings.NewReader(text))
		for _, s := range samples {
			if err == nil && (s.X.Validate() != nil || s.Replicas < 1) {
				t.Errorf("%q was read as %+v", text, s)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	m, err := Train(loads(20, rand.New(rand.NewPCG(1, 1))), rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if err := Save(&file, m); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load(bytes.NewReader(data))
		if err != nil {
			return
		}
		if a, err := m.Predict(Vector{}); err != nil || a.Replicas < 1 || a.Replicas > MaxReplicas {
			t.Errorf("got %+v, %v", a, err)
		}
	})
}

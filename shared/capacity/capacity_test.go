package capacity

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// options keep away from too few replicas, which break the objective.
func options() Options {
	return Options{About: About{Name: "sleep", Objective: "p90 at most 0.15 s"}, Low: 0.25}
}

// tested is a load test of 20 closed loops and 30 rates, each on one to six
// replicas.
func tested(seed uint64) []Sample {
	rng := rand.New(rand.NewPCG(seed, 2))
	var callers []int
	for n := 1; n <= 20; n++ {
		callers = append(callers, n)
	}
	all := test([]float64{0}, callers, 6, rng)
	for _, s := range test([]float64{4, 8, 12, 16, 20, 26, 32, 38, 44, 52, 60, 70, 80, 90, 100}, []int{8, 24}, 6, rng) {
		s.Load += 100
		all = append(all, s)
	}
	return all
}

// few are the samples of a load test that takes no time to learn.
func few() []Sample {
	return test([]float64{0, 20}, []int{1, 4, 8}, 3, rand.New(rand.NewPCG(5, 6)))
}

func train(t *testing.T, samples []Sample) *Model {
	t.Helper()
	m, err := Train(samples, options(), rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestHeldOutLoads: on loads that were not in training, not at any number of
// replicas, the model gives enough replicas with at most one too many, and beats
// the formula.
func TestHeldOutLoads(t *testing.T) {
	samples := tested(1)
	for _, random := range []bool{false, true} {
		folds := Folds(samples, 5, random, rand.New(rand.NewPCG(1, 1)))
		scores, err := Evaluate(samples, folds, options(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if scores[0].AtMost < 0.95 {
			t.Errorf("random folds %v: enough and at most one too many in %.1f %%", random, 100*scores[0].AtMost)
		}
		if formula := scores[3]; scores[0].Error >= formula.Error || scores[0].AtMost <= formula.AtMost {
			t.Errorf("random folds %v: forest %+v, formula %+v", random, scores[0], formula)
		}
	}
}

// TestAnAnswerDoesNotDependOnTheReplicasThatServed: sixty calls a second of 40 ms
// need the same replicas whether they were seen on one or on six.
func TestAnAnswerDoesNotDependOnTheReplicasThatServed(t *testing.T) {
	m := train(t, tested(1))
	for _, s := range test([]float64{65}, []int{16}, 6, rand.New(rand.NewPCG(3, 3))) {
		if got := m.Predict(s.X).Replicas; got < s.Replicas || got > s.Replicas+1 {
			t.Errorf("on %d replicas: %d, the load needs %d", s.Ready, got, s.Replicas)
		}
	}
}

func TestAnAnswerHasAnIntervalAndAReason(t *testing.T) {
	m := train(t, tested(1))
	a := m.Predict(Vector{50, 28, 0, 8, 0.041, 0.042, 0.05, 0.07, 0.12})
	if a.Interval[0] > a.Replicas || a.Interval[1] < a.Replicas || a.Interval[0] < 1 || !strings.HasPrefix(a.Model, "sleep ") {
		t.Errorf("got %+v", a)
	}
	for _, want := range []string{"2.0 calls in service (50.0/s of 0.04", "p90 at most 0.15 s", "in 90 % of cases"} {
		if !strings.Contains(a.Reason, want) {
			t.Errorf("%q is missing in %q", want, a.Reason)
		}
	}
	closed := m.Predict(Vector{24, 28, 0, 8, 0.32, 0.33, 0.33, 0.34, 0.35})
	if !strings.HasPrefix(closed.Reason, "8 callers that call again at once (24.0/s)") || closed.Replicas < 3 || closed.Replicas > 4 {
		t.Errorf("got %+v", closed)
	}
	far := m.Predict(Vector{5000, 28, 0, 800, 0.041, 0.042, 0.05, 0.07, 0.12})
	if !strings.Contains(far.Reason, "not tested: requests_per_second 5000 (4 to ") || far.Replicas != MaxReplicas {
		t.Errorf("got %+v", far)
	}
}

// TestWhatReplicasCarry: a replica that serves 24 calls a second, one at a time,
// carries fewer within the objective; more replicas carry more each.
func TestWhatReplicasCarry(t *testing.T) {
	from, carry := train(t, tested(1)).Carry()
	if from != 4 || len(carry) < 4 || carry[0] < 8 || carry[0] > 20 {
		t.Fatalf("from %v: %v", from, carry)
	}
	for n, c := range carry {
		if most := 24 * float64(n+1); c > most || c < most/3 || (n > 0 && c <= carry[n-1]) {
			t.Errorf("%d replicas carry %v calls a second: %v", n+1, c, carry)
		}
	}
	unknown := few()
	for i := range unknown {
		unknown[i].Ready = 0
	}
	if _, carry := train(t, unknown).Carry(); len(carry) != 0 {
		t.Errorf("nobody knows what carried it: %v", carry)
	}
}

func TestTheSameSamplesGiveTheSameModel(t *testing.T) {
	samples := few()
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
	samples := few()
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
		a, b := m.Predict(s.X), again.Predict(s.X)
		if b.Model == a.Model || len(b.Model) != len("sleep 0123456789ab") {
			t.Errorf("the version must come from the file, was: %s", b.Model)
		}
		if b.Model = a.Model; a != b {
			t.Fatalf("%+v became %+v", a, b)
		}
	}
	from, carry := m.Carry()
	if sameFrom, same := again.Carry(); sameFrom != from || !reflect.DeepEqual(same, carry) || again.About() != m.About() {
		t.Errorf("%v %v became %v %v", from, carry, sameFrom, same)
	}
	if _, err := Load(bytes.NewReader(nil)); !errors.Is(err, ErrNoModel) {
		t.Errorf("an empty file: %v", err)
	}
	for _, broken := range [][]byte{file.Bytes()[:10], file.Bytes()[:100], append([]byte("X"), file.Bytes()...), append(file.Bytes(), 0), make([]byte, maxFile+1)} {
		if _, err := Load(bytes.NewReader(broken)); !errors.Is(err, ErrFormat) {
			t.Errorf("%d bytes were loaded", len(broken))
		}
	}
}

const posted = `{"requests_per_second":10,"response_bytes":28,"error_share":0,"concurrency":4,"p10_seconds":0.1,"p50_seconds":0.2,"p75_seconds":0.3,"p90_seconds":0.4,"p99_seconds":0.5}`

func TestFeaturesAreReadByName(t *testing.T) {
	x, err := FromJSON([]byte(posted))
	if want := (Vector{10, 28, 0, 4, 0.1, 0.2, 0.3, 0.4, 0.5}); err != nil || x != want {
		t.Errorf("got %v, %v", x, err)
	}
}

func TestFeaturesAreNamedWhereTheyAreWrong(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{`,"p99_seconds":0.5`, ``, []string{"must be set: p99_seconds"}},
		{`"p99_seconds":0.5`, `"p999_seconds":0.5`, []string{"must be set: p99_seconds", `unknown: ["p999_seconds"]`}},
		{`0.2`, `null`, []string{"p50_seconds must be a finite number, was: null"}},
		{`0.2`, `"NaN"`, []string{`p50_seconds must be a finite number, was: "NaN"`}},
		{`0.2`, `1e999`, []string{"p50_seconds must be a finite number, was: 1e999"}},
		{`:4`, `:-4`, []string{"concurrency must be finite and at least 0, was: -4"}},
		{`:28,"error_share":0`, `:1e300,"error_share":1.5`, []string{"response_bytes must be finite", "error_share must be at most 1, was: 1.5"}},
		{posted, `{}`, []string{"must be set: requests_per_second, response_bytes, error_share, concurrency, p10_seconds"}},
		{posted, `[1]`, []string{"the body must be an object with requests_per_second"}},
		{posted, `null`, []string{"the body must be an object"}},
		{posted, posted + `{}`, []string{"the body must be an object"}},
		{posted, ``, []string{"the body must be an object"}},
	} {
		body := strings.Replace(posted, c.from, c.to, 1)
		_, err := FromJSON([]byte(body))
		for _, want := range c.want {
			if !errors.Is(err, ErrFeatures) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q, got %v", body, want, err)
			}
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	m, err := Train(few(), options(), rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(posted))
	f.Add([]byte(`{"requests_per_second":1e308,"p10_seconds":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		x, err := FromJSON(body)
		if (err == nil) != (x.Validate() == nil) && err == nil {
			t.Errorf("%q was read as %v", body, x)
		}
		if err != nil {
			return
		}
		if a := m.Predict(x); a.Replicas < 1 || a.Replicas > MaxReplicas || a.Interval[0] > a.Replicas || a.Interval[1] < a.Replicas {
			t.Errorf("%q: %+v", body, a)
		}
	})
}

func TestTheErrorShareIsDefinedForZero(t *testing.T) {
	for _, c := range [][3]float64{{0, 0, 0}, {4, 0, 0}, {0, 4, 1}, {3, 1, 0.25}} {
		if got := ErrorShare(c[0], c[1]); got != c[2] {
			t.Errorf("%v succeeded and %v failed: got %v, want %v", c[0], c[1], got, c[2])
		}
	}
}

func TestSamplesThatCannotBeLearned(t *testing.T) {
	for want, change := range map[string]func([]Sample, *Options) []Sample{
		"no samples":                  func([]Sample, *Options) []Sample { return nil },
		"samples[1].replicas must be": func(s []Sample, _ *Options) []Sample { s[1].Replicas = 0; return s },
		"samples[2]":                  func(s []Sample, _ *Options) []Sample { s[2].X[4] = math.NaN(); return s },
		"low and high must be":        func(s []Sample, o *Options) []Sample { o.High = 0.6; return s },
	} {
		o := options()
		if _, err := Train(change(few(), &o), o, rand.New(rand.NewPCG(1, 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestNoRunOfALoadIsInTwoFolds: what is held out was never seen, not on another
// number of replicas either.
func TestNoRunOfALoadIsInTwoFolds(t *testing.T) {
	samples := tested(1)
	for _, random := range []bool{false, true} {
		folds, fold, sizes := Folds(samples, 5, random, rand.New(rand.NewPCG(1, 1))), map[int]int{}, [5]int{}
		for i, s := range samples {
			if was, ok := fold[s.Load]; ok && was != folds[i] {
				t.Fatalf("load %d is in folds %d and %d", s.Load, was, folds[i])
			}
			fold[s.Load] = folds[i]
		}
		for _, f := range fold {
			sizes[f]++
		}
		if slices.Max(sizes[:])-slices.Min(sizes[:]) > 1 {
			t.Errorf("the folds have %v loads", sizes)
		}
	}
	if blocks := Folds(samples, 5, false, nil); !slices.IsSorted(blocks) {
		t.Error("blocks must hold neighbouring loads")
	}
}

// TestTheLastValueIsThatOfTheLoadBefore: not of another run of the same load.
func TestTheLastValueIsThatOfTheLoadBefore(t *testing.T) {
	samples := []Sample{{Load: 7, Replicas: 2}, {Load: 7, Replicas: 2}, {Load: 9, Replicas: 3}, {Load: 9, Replicas: 3}}
	if a, b := before(samples, 7, 5), before(samples, 9, 5); a != 5 || b != 2 {
		t.Errorf("got %d and %d", a, b)
	}
}

func TestFoldsThatCannotBeHeldOut(t *testing.T) {
	if _, err := Evaluate(few(), Folds(few(), 50, false, nil), options(), 1); err == nil || !strings.Contains(err.Error(), "fewer folds or more loads") {
		t.Errorf("got %v", err)
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
	scores, err := Evaluate(samples, Folds(samples, 5, false, nil), Options{Low: 0.25, High: 0.25}, 7)
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
	m, err := Train(few()[:3], options(), rand.New(rand.NewPCG(1, 1)))
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
		if a := m.Predict(Vector{}); a.Replicas < 1 || a.Replicas > MaxReplicas {
			t.Errorf("got %+v", a)
		}
	})
}

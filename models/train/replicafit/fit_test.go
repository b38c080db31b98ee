package replicafit

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/capacity"
	"prewarm/shared/loadtest"
)

// options prefer one replica too many to one too few, which breaks the objective.
func options() Options {
	return Options{About: capacity.About{Name: "sleep", Objective: "p90 at most 0.15 s"}, Low: 0.25}
}

// tested is a load test of 20 closed loops and 30 rates, each on one to six
// replicas.
func tested(seed uint64) []loadtest.Sample {
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

// few returns the samples of a load test that is small enough to learn at once.
func few() []loadtest.Sample {
	return test([]float64{0, 20}, []int{1, 4, 8}, 3, rand.New(rand.NewPCG(5, 6)))
}

func trained(t *testing.T, samples []loadtest.Sample) *capacity.Model {
	t.Helper()
	m, err := Train(samples, options(), rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// All parts of the test share one model, because it takes seconds to train.
func TestAModelOfALoadTest(t *testing.T) {
	m := trained(t, tested(1))
	t.Run("an answer does not depend on the replicas that served", func(t *testing.T) { checkSeenOnAny(t, m) })
	t.Run("an answer has an interval and a reason", func(t *testing.T) { checkReasons(t, m) })
	t.Run("a capped answer states it", func(t *testing.T) { checkCap(t, m) })
	t.Run("what replicas carry", func(t *testing.T) { checkCarry(t, m) })
	t.Run("beyond the load test a replica carries no more", func(t *testing.T) { checkBeyond(t, m) })
}

// checkSeenOnAny checks that 65 calls a second of 40 ms get the same answer whether
// one replica served them or six.
func checkSeenOnAny(t *testing.T, m *capacity.Model) {
	for _, s := range test([]float64{65}, []int{16}, 6, rand.New(rand.NewPCG(3, 3))) {
		if got := m.Predict(s.X).Replicas; got < s.Replicas || got > s.Replicas+1 {
			t.Errorf("on %d replicas: %d, the load needs %d", s.Ready, got, s.Replicas)
		}
	}
}

func checkReasons(t *testing.T, m *capacity.Model) {
	a := m.Predict(capacity.Vector{50, 28, 0, 8, 0.041, 0.042, 0.05, 0.07, 0.12})
	if a.Interval[0] > a.Replicas || a.Interval[1] < a.Replicas || a.Interval[0] < 1 || !strings.HasPrefix(a.Model, "sleep ") {
		t.Errorf("got %+v", a)
	}
	for _, want := range []string{"2.0 calls in service (50.0/s of 0.04", "p90 at most 0.15 s", "in 90 % of cases"} {
		if !strings.Contains(a.Reason, want) {
			t.Errorf("%q is missing in %q", want, a.Reason)
		}
	}
	closed := m.Predict(capacity.Vector{24, 28, 0, 8, 0.32, 0.33, 0.33, 0.34, 0.35})
	if !strings.HasPrefix(closed.Reason, "8 callers that call again at once (24.0/s)") || closed.Replicas < 3 || closed.Replicas > 4 {
		t.Errorf("got %+v", closed)
	}
	far := m.Predict(capacity.Vector{5000, 28, 0, 800, 0.041, 0.042, 0.05, 0.07, 0.12})
	if !strings.Contains(far.Reason, "not tested: requests_per_second 5000 (4 to ") || strings.Contains(a.Reason, "capped") || far.Replicas != capacity.MaxReplicas {
		t.Errorf("got %+v", far)
	}
}

// checkCap checks that the reason of a capped answer states the numbers without the
// cap, also if only its interval is capped.
func checkCap(t *testing.T, m *capacity.Model) {
	cutOff := 0
	for rate := 1000.0; rate <= 6000; rate += 100 {
		a := m.Predict(capacity.Vector{rate, 28, 0, 800, 0.041, 0.042, 0.05, 0.07, 0.12})
		_, without, found := strings.Cut(a.Reason, "; capped at 100 replicas, the most that a replica model answers: without that ")
		if !found {
			if a.Interval[1] > capacity.MaxReplicas || rate == 6000 {
				t.Errorf("%v/s: got %+v", rate, a)
			}
			continue
		}
		var replicas, low, high int
		if _, err := fmt.Sscanf(without, "%d, in 90 %% of cases %d to %d", &replicas, &low, &high); err != nil {
			t.Fatalf("%v/s: got %q, %v", rate, a.Reason, err)
		}
		if a.Replicas != min(replicas, capacity.MaxReplicas) || a.Interval != [2]int{min(low, capacity.MaxReplicas), capacity.MaxReplicas} || high <= capacity.MaxReplicas {
			t.Errorf("%v/s: got %+v", rate, a)
		}
		if a.Replicas < capacity.MaxReplicas {
			cutOff++
		}
	}
	if cutOff == 0 {
		t.Error("at no rate is the interval cut off alone")
	}
}

// checkCarry checks the measured capacity. A replica serves at most 24 calls a
// second, one at a time. Within the objective it carries fewer. More replicas carry
// more.
func checkCarry(t *testing.T, m *capacity.Model) {
	from, carry := m.LowestRate, m.Carry
	if from != 4 || len(carry) < 4 || carry[0] < 8 || carry[0] > 20 {
		t.Fatalf("from %v: %v", from, carry)
	}
	for n, c := range carry {
		if most := 24 * float64(n+1); c > most || c < most/3 || (n > 0 && c <= carry[n-1]) {
			t.Errorf("%d replicas carry %v calls a second: %v", n+1, c, carry)
		}
	}
}

// checkBeyond draws rates of arrivals above the load test. A higher rate never takes
// fewer replicas, and each of them carries no more than at the highest rate of the
// test, all other features being equal.
func checkBeyond(t *testing.T, m *capacity.Model) {
	rng := rand.New(rand.NewPCG(7, 8))
	carry := m.Carry
	most := carry[len(carry)-1]
	for range 2000 {
		x := arrivals(rng)
		x[capacity.Rate] = most
		each := most * math.Exp(m.LogCapacity(x)) / m.Staffed(x)
		before := m.Predict(x).Replicas
		for range 5 {
			x[capacity.Rate] *= 1 + rng.Float64()
			a := m.Predict(x)
			if a.Replicas < before || a.Replicas < min(int(x[capacity.Rate]/each), capacity.MaxReplicas) {
				t.Fatalf("%v: got %+v, at a lower rate %d, and each carries %v calls/s", x, a, before, each)
			}
			if !strings.Contains(a.Reason, "not tested: requests_per_second") {
				t.Fatalf("%v: got %q", x, a.Reason)
			}
			before = a.Replicas
		}
	}
}

// arrivals draws the features of a load with rate 0. It has so many callers that no
// rate looks like a closed loop.
func arrivals(rng *rand.Rand) capacity.Vector {
	x := capacity.Vector{0, 100 * rng.Float64(), 0.5 * rng.Float64(), 1e9}
	latency := 0.04
	for i := capacity.P10; i < capacity.Features; i++ {
		latency *= 1 + rng.Float64()
		x[i] = latency
	}
	return x
}

func TestCarryIsUnknownWithoutReadyReplicas(t *testing.T) {
	unknown := few()
	for i := range unknown {
		unknown[i].Ready = 0
	}
	if carry := trained(t, unknown).Carry; len(carry) != 0 {
		t.Errorf("got %v", carry)
	}
}

func TestTheSameSamplesGiveTheSameModel(t *testing.T) {
	samples := few()
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := capacity.Save(out, trained(t, samples)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the files differ")
	}
}

func TestAModelSurvivesItsFile(t *testing.T) {
	samples := few()
	m := trained(t, samples)
	var file bytes.Buffer
	if err := capacity.Save(&file, m); err != nil {
		t.Fatal(err)
	}
	again, err := capacity.Load(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		a, b := m.Predict(s.X), again.Predict(s.X)
		if b.Model == a.Model || len(b.Model) != len("sleep 0123456789ab") {
			t.Errorf("the version must be that of the file, was: %s", b.Model)
		}
		if b.Model = a.Model; a != b {
			t.Fatalf("%+v became %+v", a, b)
		}
	}
	from, carry := m.LowestRate, m.Carry
	if again.LowestRate != from || !reflect.DeepEqual(again.Carry, carry) || again.About != m.About {
		t.Errorf("%v %v became %v %v", from, carry, again.LowestRate, again.Carry)
	}
}

func TestSamplesThatCannotBeLearned(t *testing.T) {
	for want, change := range map[string]func([]loadtest.Sample, *Options) []loadtest.Sample{
		"no samples":                  func([]loadtest.Sample, *Options) []loadtest.Sample { return nil },
		"samples[1].replicas must be": func(s []loadtest.Sample, _ *Options) []loadtest.Sample { s[1].Replicas = 0; return s },
		"samples[2]":                  func(s []loadtest.Sample, _ *Options) []loadtest.Sample { s[2].X[4] = math.NaN(); return s },
		"low and high must be":        func(s []loadtest.Sample, o *Options) []loadtest.Sample { o.High = 0.6; return s },
	} {
		o := options()
		if _, err := Train(change(few(), &o), o, rand.New(rand.NewPCG(1, 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

package models_test

import (
	"testing"

	"prewarm/models"
	"prewarm/shared/capacity"
)

// maxReplicaBytes bounds the replica model.
const maxReplicaBytes = 32 << 10

func TestTheEmbeddedReplicaModelLoadsAndIsSmall(t *testing.T) {
	m, err := models.Replicas()
	if err != nil {
		t.Fatal(err)
	}
	if size := models.ReplicaSize(); size > maxReplicaBytes {
		t.Errorf("the model has %d bytes, at most %d are allowed", size, maxReplicaBytes)
	}
	if about := m.About; about.Name != "sleep-200ms" || about.Objective == "" {
		t.Errorf("got %+v", about)
	}
}

// One replica serves at most five calls of 200 ms a second, one at a time. Within
// the objective it carries fewer. More replicas carry more.
func TestTheEmbeddedReplicaModelKnowsWhatReplicasCarry(t *testing.T) {
	m, err := models.Replicas()
	if err != nil {
		t.Fatal(err)
	}
	from, carry := m.LowestRate, m.Carry
	if from <= 0 || len(carry) < 4 {
		t.Fatalf("from %v: %v", from, carry)
	}
	for n, c := range carry {
		if c > 5*float64(n+1) || (n > 0 && c < carry[n-1]) {
			t.Errorf("%d replicas carry %v calls/s: %v", n+1, c, carry)
		}
	}
}

// A replica serves one call at a time, also at rates above the load test: there are
// at least as many replicas as calls in service, in proportion to them.
func TestTheEmbeddedReplicaModelIsProportionalAboveItsLoadTest(t *testing.T) {
	m, err := models.Replicas()
	if err != nil {
		t.Fatal(err)
	}
	carry := m.Carry
	most := carry[len(carry)-1]
	answer := func(rate float64) int {
		return m.Predict(capacity.Vector{rate, 65, 0, 1000, 0.202, 0.205, 0.21, 0.25, 0.4}).Replicas
	}
	tested := answer(most)
	for _, times := range []float64{2, 3, 4, 8, 16, 20} {
		got := answer(times * most)
		if busy := 0.2 * times * most; float64(got) < busy || float64(got) <= times*float64(tested-1) || float64(got) > times*float64(tested) {
			t.Errorf("%v calls/s keep %.1f replicas busy and are %v times %v calls/s, which take %d: got %d", times*most, busy, times, most, tested, got)
		}
	}
}

// Calls that do not wait, at rates within the load test, take at least the n replicas
// that they keep busy, and at most 2n + 1.
func TestTheEmbeddedReplicaModelAnswersRates(t *testing.T) {
	m, err := models.Replicas()
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{1, 3, 6, 10, 15, 19} {
		a := m.Predict(capacity.Vector{rate, 70, 0, 24, 0.202, 0.205, 0.21, 0.25, 0.4})
		if busy := 0.2 * rate; float64(a.Replicas) < busy || float64(a.Replicas) > 2*busy+1 {
			t.Errorf("%v calls/s keep %.1f replicas busy, got %+v", rate, busy, a)
		}
	}
}

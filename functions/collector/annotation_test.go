package collector

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

func TestEachRefusedAnnotationIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	c := newWorld(t).collector()
	c.log = slog.New(slog.NewTextHandler(&log, nil))
	f := openfaas.Function{Name: a, Annotations: map[string]string{
		openfaas.AnnotationConcurrency: "many", openfaas.AnnotationReplicaModel: strings.Repeat("n", event.MaxModelName+1),
	}}
	for range 3 {
		c.warnings(t, f)
	}
	if n := strings.Count(log.String(), "misconfigured"); n != 2 {
		t.Errorf("two refused annotations, seen three times, were logged %d times, want 2:\n%s", n, log.String())
	}
	f.Annotations[openfaas.AnnotationConcurrency] = "more"
	if c.warnings(t, f); !strings.Contains(log.String(), "more") {
		t.Error("another wrong value must be logged")
	}
}

// warnings seals a batch of one function, which logs what is wrong with it.
func (c *Collector) warnings(t *testing.T, f openfaas.Function) {
	t.Helper()
	end := time.Unix(1_800_000_000, 0)
	c.cache.moveTo(end.UnixMilli())
	c.pending.end = end
	if _, err := c.seal([]openfaas.Function{f}); err != nil {
		t.Fatal(err)
	}
}

// The owner of a says that a replica carries 10 calls per second. Calls take half a second:
// five at a time. The target of b is calls in flight.
func TestLabelsOfTheAutoscalerTellWhatAReplicaCarries(t *testing.T) {
	w := newWorld(t)
	w.deploy(a, b)
	for _, name := range []string{a, b} {
		w.deployed[name][openfaas.LabelTarget], w.deployed[name][openfaas.LabelTargetProportion] = "10", "1"
	}
	w.deployed[b][openfaas.LabelType] = openfaas.TypeCapacity
	w.pass(time.Minute, nil)
	w.call(a, 4)
	w.pass(2*time.Minute, nil)
	w.tick(w.collector(), resultPublished)
	if f := w.last(a); f.CallsPerReplica != 10 || f.Concurrency != 5 || f.CarriesBy != "com.openfaas.scale.target (rps)" {
		t.Errorf("a: %v calls per second, %v at a time, by %q", f.CallsPerReplica, f.Concurrency, f.CarriesBy)
	}
	if f := w.last(b); f.CallsPerReplica != 0 || f.Concurrency != 10 || f.CarriesBy != "com.openfaas.scale.target (capacity)" {
		t.Errorf("b: %v calls per second, %v at a time, by %q", f.CallsPerReplica, f.Concurrency, f.CarriesBy)
	}
	// A replica that refuses the third call never runs five.
	limited := *w.last(a)
	w.collector().describe(&limited, openfaas.Function{Name: a, Labels: w.deployed[a], MaxInflight: 2})
	if limited.Concurrency != 2 || limited.CallsPerReplica != 10 {
		t.Errorf("with max_inflight: %v at a time, %v calls per second", limited.Concurrency, limited.CallsPerReplica)
	}
}

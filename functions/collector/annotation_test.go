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
	if _, err := c.seal(end, 0, []openfaas.Function{f}); err != nil {
		t.Fatal(err)
	}
}

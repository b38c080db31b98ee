package collector

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

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
		c.windows([]openfaas.Function{f})
	}
	if n := strings.Count(log.String(), "misconfigured"); n != 2 {
		t.Errorf("two refused annotations, seen three times, were logged %d times, want 2:\n%s", n, log.String())
	}
	f.Annotations[openfaas.AnnotationConcurrency] = "more"
	if c.windows([]openfaas.Function{f}); !strings.Contains(log.String(), "more") {
		t.Error("another wrong value must be logged")
	}
}

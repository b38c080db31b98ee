package testbed

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// judge is a test that is only watched.
type judge struct {
	testing.TB
	verdict string
}

func (j *judge) Helper() {}

func (j *judge) Fatalf(format string, args ...any) { j.verdict = fmt.Sprintf(format, args...) }

func (j *judge) Skipf(format string, args ...any) { j.verdict = fmt.Sprintf(format, args...) }

func TestEventuallyEndsWithTheFirstTruth(t *testing.T) {
	looks, j := 0, &judge{TB: t}
	Eventually(j, "the third look", func() bool { looks++; return looks == 3 })
	if looks != 3 || j.verdict != "" {
		t.Errorf("%d looks, %q", looks, j.verdict)
	}
}

func TestWhatDoesNotComeTrueIsNamed(t *testing.T) {
	j := &judge{TB: t}
	wait(j, "the queue is empty", func() bool { return false }, 10*time.Millisecond)
	if j.verdict != "the queue is empty: not within 10ms" {
		t.Errorf("got %q", j.verdict)
	}
}

func TestABufferTakesLinesOfManyGoroutines(t *testing.T) {
	var b Buffer
	var writers sync.WaitGroup
	for i := range 20 {
		writers.Go(func() { fmt.Fprintf(&b, "line %d\n", i) })
	}
	writers.Wait()
	if got := strings.Count(b.String(), "\n"); got != 20 {
		t.Errorf("%d lines in %q", got, b.String())
	}
}

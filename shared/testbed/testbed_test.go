package testbed

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// recorder is a testing.TB that records its failure or skip and does not end.
type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) { r.message = fmt.Sprintf(format, args...) }

func (r *recorder) Skipf(format string, args ...any) { r.message = fmt.Sprintf(format, args...) }

// Eventually returns as soon as the condition holds.
func TestEventuallyReturnsOnceTheConditionHolds(t *testing.T) {
	polls, r := 0, &recorder{TB: t}
	Eventually(r, "the third poll", func() bool { polls++; return polls == 3 })
	if polls != 3 || r.message != "" {
		t.Errorf("%d polls, %q", polls, r.message)
	}
}

func TestConditionThatNeverHoldsIsNamed(t *testing.T) {
	r := &recorder{TB: t}
	wait(r, "the queue is empty", func() bool { return false }, 10*time.Millisecond)
	if r.message != "the queue is empty: not within 10ms" {
		t.Errorf("got %q", r.message)
	}
}

// Under the race detector this also shows that Buffer locks.
func TestBufferTakesLinesOfManyGoroutines(t *testing.T) {
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

// Package testbed holds what the tests of several packages share: waiting for a
// condition, a buffer for logs that are read while they are written, certificates, HTTP
// requests, and the published traces.
package testbed

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// patience is how long Eventually waits. It is much longer than anything takes on
// a busy machine: only a failing test waits that long.
const patience = time.Minute

// pollInterval is the pause between two evaluations of a condition.
const pollInterval = 5 * time.Millisecond

// Eventually polls until the condition holds. If it does not hold in time, the
// test fails at once with what, the condition in words.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	wait(t, what, holds, patience)
}

func wait(t testing.TB, what string, holds func() bool, patience time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
			return // a fake testing.TB does not end the goroutine
		}
	}
}

// Buffer is a bytes.Buffer that is safe for concurrent use. The zero value is
// empty and ready to use.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String returns everything that was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

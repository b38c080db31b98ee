// Package testbed holds what the tests of many packages stand on: waiting for
// what comes true by itself, reading a log while it is written, and finding the
// published traces.
package testbed

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// patience is how long Eventually waits: much longer than anything takes on a
// busy machine, since a test that passes never waits so long.
const patience = 20 * time.Second

// poll is the pause between two looks.
const poll = 5 * time.Millisecond

// Eventually looks until holds is true, and ends the test where that takes too
// long. It then says what did not come true.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	wait(t, what, holds, patience)
}

func wait(t testing.TB, what string, holds func() bool, patience time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
			return
		}
	}
}

// Buffer keeps what is written to it by any goroutine. The zero value is empty.
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

// String returns all that was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

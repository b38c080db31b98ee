package main

import (
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/testbed"
)

// Two builds run at the same time; the longer one is named every half a minute.
func TestWithoutATerminalEachTaskIsALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out testbed.Buffer
		p := newProgress(&out, false)
		p.Add(2)
		function, store := p.Begin("build function scaler"), p.Begin("build the store")
		time.Sleep(12 * time.Second)
		function()
		time.Sleep(20 * time.Second)
		p.Add(1)
		time.Sleep(30 * time.Second)
		store()
		p.Begin("start NATS")()
		p.Done()
		want := " 1 of 2: build function scaler, 12s\n" +
			" 1 of 2, still busy with: build the store\n" +
			" 1 of 3, still busy with: build the store\n" +
			" 2 of 3: build the store, 1m2s\n" +
			" 3 of 3: start NATS, 0s\n"
		if got := out.String(); got != want {
			t.Errorf("wrote\n%s\nwant\n%s", got, want)
		}
	})
}

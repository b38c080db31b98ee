//go:build unix

package live

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/local/gateway"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// openBus connects to NATS without a proxy.
func (c *Chain) openBus(context.Context) (err error) {
	c.keys = event.NewKeys("", c.platform.Key())
	c.bus, err = c.platform.OpenBus()
	return err
}

// follow reads windows and decisions into the log until ctx ends.
func (c *Chain) follow(ctx context.Context) {
	c.background.Go(func() {
		_ = c.bus.Follow(ctx, event.TypeDecisions, time.Hour, func(body []byte) {
			var batch event.Decisions
			if _, err := event.Open(c.keys, event.TypeDecisions, body, &batch); err == nil {
				c.locked(func() { c.log.Decide(time.Now(), batch.Decisions) })
			}
		})
	})
	c.background.Go(func() {
		_ = c.bus.Follow(ctx, event.TypeWindows, time.Hour, func(body []byte) {
			var batch event.Windows
			if env, err := event.Open(c.keys, event.TypeWindows, body, &batch); err == nil {
				c.locked(func() { c.collected(env.Step, batch.Windows) })
			}
		})
	})
}

func (c *Chain) locked(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

func (c *Chain) collected(step int64, windows []event.FunctionWindow) {
	for _, w := range windows {
		last := len(w.Counts) - 1
		c.log.Collected(w.Function, step, last >= 0 && w.Counts[last] != series.NoData)
	}
}

// scales passes the output of the gateway on, and reads the scale calls from it.
type scales struct {
	chain *Chain
	out   io.Writer

	mu   sync.Mutex
	rest []byte
}

// scaled begins the line that the gateway logs for a scale call.
const scaled = "INFO scaled "

// Write implements io.Writer.
func (s *scales) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append(s.rest, p...)
	for {
		line, rest, found := bytes.Cut(s.rest, []byte("\n"))
		if !found {
			break
		}
		s.rest = rest
		if call, ok := parseScaled(string(line)); ok {
			call.At = time.Now()
			s.chain.locked(func() { s.chain.log.Scales = append(s.chain.log.Scales, call) })
		}
	}
	return s.out.Write(p)
}

// parseScaled reads a line of the gateway's log. Other causes than a request are not calls.
func parseScaled(line string) (call invariant.Scale, ok bool) {
	_, text, found := strings.Cut(line, scaled)
	if !found {
		return call, false
	}
	var cause string
	if _, err := fmt.Sscanf(text, "function=%s from=%d to=%d cause=%s", &call.Function, &call.Before, &call.Replicas, &cause); err != nil || cause != "request" {
		return call, false
	}
	if !strings.Contains(call.Function, ".") {
		call.Function += "." + gateway.Namespace
	}
	return call, true
}

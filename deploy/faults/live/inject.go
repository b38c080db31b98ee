//go:build unix

package live

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/faults/link"
	"prewarm/deploy/faults/schedule"
)

// injectTimeout bounds the begin of one fault.
const injectTimeout = 10 * time.Second

// again is how many messages of a stream are published once more.
const again = 5

// Skipped returns why a fault cannot be injected on this machine, empty if it can.
func (c *Chain) Skipped(cell schedule.Cell) string {
	if cell.Kind == schedule.Disk {
		return c.disk.reason
	}
	return ""
}

// inject begins a fault and returns what ends it.
func (c *Chain) inject(ctx context.Context, f schedule.Fault) (end func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, injectTimeout)
	defer cancel()
	switch f.Kind {
	case schedule.Kill:
		return c.kill(f.Part)
	case schedule.Stop:
		return c.halt(f.Part)
	case schedule.Disk:
		return c.freeDisk, c.disk.fill()
	case schedule.Rollout:
		return func() {}, c.platform.Redeploy(ctx, string(f.Part))
	case schedule.Wipe:
		return func() {}, c.bus.JetStream().DeleteStream(ctx, f.What)
	case schedule.Duplicate, schedule.Reorder:
		return func() {}, c.republish(ctx, f.What, f.Kind == schedule.Reorder)
	}
	return c.breakLink(f)
}

// freeDisk gives the space back and restarts NATS: after a failed write, its streams refuse
// messages until then. On a cluster, the probe deploy/kubernetes/base/nats-alive.sh does so.
func (c *Chain) freeDisk() {
	if err := c.disk.free(); err != nil {
		fmt.Fprintln(c.opts.Output, err)
	}
	c.children[schedule.NATS].hold()
	c.children[schedule.NATS].release()
}

// breakLink sets the mode of a proxy. The delay of a slow link is at most a quarter of a step.
func (c *Chain) breakLink(f schedule.Fault) (end func(), err error) {
	mode, ok := map[schedule.Kind]link.Mode{
		schedule.Slow: link.Slow, schedule.Cut: link.Cut, schedule.Error: link.Error, schedule.LostAck: link.LostAck,
	}[f.Kind]
	proxy := c.links[linkName{f.Part, f.To}]
	if !ok || proxy == nil {
		return nil, fmt.Errorf("no way to inject %v", f)
	}
	proxy.Set(mode, time.Duration(max(f.Size, -f.Size)*float64(c.opts.Step)/4))
	return func() { proxy.Set(link.Pass, 0) }, nil
}

// kill kills a part. What is a child of this program stays down until the end; others are
// started again by those that look after them.
func (c *Chain) kill(part schedule.Part) (end func(), err error) {
	if one := c.children[part]; one != nil {
		one.hold()
		return one.release, nil
	}
	for _, pid := range c.pids(part) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return func() {}, nil
}

// halt stops the processes of a part, which go on at the end.
func (c *Chain) halt(part schedule.Part) (end func(), err error) {
	pids := c.pids(part)
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	return func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}, nil
}

// republish publishes the last messages of a stream again, under no ID, so that the stream
// stores them a second time.
func (c *Chain) republish(ctx context.Context, name string, newestFirst bool) error {
	js := c.bus.JetStream()
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return err
	}
	state := stream.CachedInfo().State
	var last []*jetstream.RawStreamMsg
	for number := max(state.FirstSeq, state.LastSeq-min(state.LastSeq, again-1)); number <= state.LastSeq && state.Msgs > 0; number++ {
		if m, err := stream.GetMsg(ctx, number); err == nil {
			last = append(last, m)
		}
	}
	if newestFirst {
		slices.Reverse(last)
	}
	for _, m := range last {
		if _, err := js.Publish(ctx, m.Subject, m.Data); err != nil {
			return err
		}
	}
	return nil
}

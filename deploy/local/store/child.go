package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"prewarm/deploy/local/process"
)

const (
	readyPoll = 20 * time.Millisecond

	// stopGrace is the time for writing what is in memory to disk.
	stopGrace = 10 * time.Second

	// A child that crashes is started again after a wait, which doubles from
	// restartMin to restartMax. It is restartMin again once a child has run for
	// steadyTime.
	restartMin = 200 * time.Millisecond
	restartMax = 10 * time.Second
	steadyTime = 30 * time.Second
)

// child keeps one program running until it is stopped. The suite reads its store in each
// step, so that a crash must not end the platform.
type child struct {
	name     string
	args     []string // program first
	ready    string   // URL that answers 200 when the program is ready
	log      *slog.Logger
	output   *lineLog
	launcher *process.Launcher
	stopped  chan struct{} // closed by stop
	ended    chan struct{} // closed when the last process is gone

	mu      sync.Mutex
	process *process.Process
}

// startChild starts the program and waits until it is ready, ends, or ctx ends.
// In the last two cases nothing is left running.
func startChild(ctx context.Context, name, ready string, log *slog.Logger, args ...string) (*child, error) {
	launcher, err := process.NewLauncher()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c := &child{
		name: name, args: args, ready: ready, log: log, output: &lineLog{log: log},
		launcher: launcher, stopped: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := c.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), launcher.Close())
	}
	return c, nil
}

// begin starts the first process and waits until it is ready.
func (c *child) begin(ctx context.Context) error {
	first, err := c.launch()
	if err != nil {
		return err
	}
	// The first start is not repeated: a wrong option or a taken port would fail again.
	if err := c.awaitReady(ctx, first); err != nil {
		_ = first.Kill()
		return fmt.Errorf("%w; last output: %s", err, c.output.tail())
	}
	go c.supervise(first)
	return nil
}

// launch starts a process, which becomes the current one.
func (c *child) launch() (*process.Process, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Stdout, cmd.Stderr = c.output, c.output
	p, err := c.launcher.Start(cmd)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.process = p
	return p, nil
}

// pid is the process id of the current process.
func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process.Pid()
}

// awaitReady waits until the program answers, the process ends, or ctx ends.
func (c *child) awaitReady(ctx context.Context, p *process.Process) error {
	for {
		if c.isReady(ctx) {
			return nil
		}
		select {
		case <-p.Done():
			return fmt.Errorf("ended before it was ready: %v", p.Wait())
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", ctx.Err())
		case <-time.After(readyPoll):
		}
	}
}

// isReady reports whether the program answers 200.
// An error means not ready: until the program listens, the connection is refused.
func (c *child) isReady(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.ready, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// supervise starts the program again each time it ends, until stop.
// It owns the process: stop only closes a channel and waits.
func (c *child) supervise(p *process.Process) {
	defer close(c.ended)
	wait, begin := restartMin, time.Now()
	for {
		select {
		case <-c.stopped:
			_ = p.Stop(stopGrace)
			return
		case <-p.Done():
		}
		if time.Since(begin) > steadyTime {
			wait = restartMin // this crash has nothing to do with those before
		}
		c.log.Error("exited unasked, starting again", "program", c.name, "result", p.Wait(), "wait", wait, "output", c.output.tail())
		next := c.relaunch(&wait)
		if next == nil {
			return
		}
		p, begin = next, time.Now()
	}
}

// relaunch waits and tries to start the program until that succeeds. It returns nil
// after stop.
// It does not wait until the program is ready: its clients try again anyway.
func (c *child) relaunch(wait *time.Duration) *process.Process {
	for {
		select {
		case <-c.stopped:
			return nil
		case <-time.After(*wait):
		}
		*wait = min(*wait*2, restartMax)
		p, err := c.launch()
		if err == nil {
			return p
		}
		c.log.Error("cannot be started again", "program", c.name, "error", err)
	}
}

// stop ends the program and waits for its end. It must be called only once.
func (c *child) stop() {
	close(c.stopped)
	<-c.ended
	if err := c.launcher.Close(); err != nil {
		c.log.Warn("the process guard ended badly", "program", c.name, "error", err)
	}
}

//go:build unix

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/nats-io/nats.go"

	"prewarm/deploy/local/natsserver"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/process"
)

// NATSKey is the variable with the configuration of NATS, in the environment of the process
// that runs it: its CPU time is counted apart.
const NATSKey = "PREWARM_BENCH_NATS"

// RunNATS is the program of that process: it runs until ctx ends.
func RunNATS(ctx context.Context, text string) error {
	var o natsserver.Options
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("%s: %w", NATSKey, err)
	}
	server, err := natsserver.Start(o)
	if err != nil {
		return err
	}
	<-ctx.Done()
	server.Stop()
	return nil
}

// natsProcess is NATS in a process of its own.
type natsProcess struct {
	*process.Process
	url string
}

// natsWait bounds its start and its end.
const natsWait = 10 * time.Second

// startNATS starts this program once more, as NATS.
func (c *chain) startNATS(o natsserver.Options) (platform.NATS, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if o.Port == 0 {
		if o.Port, err = process.FreePort(); err != nil {
			return nil, err
		}
	}
	o.Logger = nil
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), NATSKey+"="+string(text))
	cmd.Stderr = c.output
	p := &natsProcess{url: fmt.Sprintf("nats://127.0.0.1:%d", o.Port)}
	if p.Process, err = c.launcher.Start(cmd); err != nil {
		return nil, err
	}
	if err := p.await(); err != nil {
		p.Stop()
		return nil, err
	}
	c.nats = p
	return p, nil
}

// await returns when NATS accepts connections.
func (p *natsProcess) await() error {
	for deadline := time.Now().Add(natsWait); ; time.Sleep(20 * time.Millisecond) {
		conn, err := nats.Connect(p.url)
		if err == nil {
			conn.Close()
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("NATS does not start: %w", err)
		}
	}
}

// URL implements platform.NATS.
func (p *natsProcess) URL() string { return p.url }

// Stop implements platform.NATS.
func (p *natsProcess) Stop() {
	if err := p.Process.Stop(natsWait); err != nil {
		slog.Warn("NATS does not end", "error", err)
	}
}

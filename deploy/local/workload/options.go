// Package workload puts traffic on a local platform: it deploys a function for
// each function of a trace and replays their calls. It also holds what the
// programs that do so have in common: their flags, and the lock on the state
// directory.
package workload

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/cli"
)

// Options are the flags of a program that puts a workload on a local platform.
type Options struct {
	Trace     string        // directory of a trace; a synthetic one is generated if it does not exist
	Functions int           // functions to deploy, 1 to 11
	Seed      uint64        // of the choice of functions and of the times of calls
	Step      time.Duration // time on the clock in which a minute of the trace passes
	Delay     time.Duration // added to every start of a workload replica
	CostRatio float64       // cost of an idle replica-step / cost of a cold start
	State     string        // directory of streams, samples and deployments
	Edition   gateway.Edition
	Verbose   bool // log every decision, change of scale and cold start

	NoControllers  bool   // without the controllers of the edition
	RecordingRules string // file with prometheus.recordingRules, as for the chart; empty for none

	GatewayPort, NATSPort, StorePort int // 0 takes a free port

	Transport http.RoundTripper // of the replayed calls, nil for that of the replay; not a flag
	Progress  platform.Progress // of the start, nil for none; not a flag
}

// Speed returns how many seconds of the trace pass in a second on the clock: a
// step of the trace is a minute long.
func (o Options) Speed() float64 { return time.Minute.Seconds() / o.Step.Seconds() }

// OnClock returns how long minutes of the trace take on the clock.
func (o Options) OnClock(minutes int) time.Duration { return time.Duration(minutes) * o.Step }

// parse reads the flags of a command. name is what the usage calls the command,
// state the default of -state.
func parse(name, state string, args []string, log io.Writer) (Options, error) {
	var o Options
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(log)
	fs.StringVar(&o.Trace, "trace", "../shared/traces/azure2019", "`directory` of a trace; a synthetic trace is generated if it does not exist")
	fs.IntVar(&o.Functions, "functions", 10, "workload functions, 1 to 11")
	fs.Uint64Var(&o.Seed, "seed", 1, "seed of the choice of functions and of the times of their calls")
	fs.DurationVar(&o.Step, "step", time.Second, "time on the clock in which a minute of the trace passes")
	fs.DurationVar(&o.Delay, "simulated-start-delay", 300*time.Millisecond, "added to every start of a workload replica; a process starts in milliseconds, a container does not")
	fs.Float64Var(&o.CostRatio, "cost-ratio", 0.15, "cost of one idle replica-step over the cost of one cold start")
	fs.StringVar(&o.State, "state", state, "`directory` of streams, samples and deployments")
	fs.StringVar((*string)(&o.Edition), "edition", cmp.Or(os.Getenv("EDITION"), string(gateway.Standard)), "OpenFaaS edition to imitate: standard, ce (community edition, 1 to 5 replicas) or edge (one replica or none); the environment variable EDITION sets the default")
	fs.IntVar(&o.GatewayPort, "gateway-port", 8080, "`port` of the gateway, 0 for a free one")
	fs.IntVar(&o.NATSPort, "nats-port", 4222, "`port` of NATS, 0 for a free one")
	fs.IntVar(&o.StorePort, "store-port", 8428, "`port` of the Prometheus-compatible store, 0 for a free one")
	fs.BoolVar(&o.NoControllers, "no-controllers", false, "leave out the controllers of the edition: idler and autoscaler, AlertManager, or faas-idler")
	fs.StringVar(&o.RecordingRules, "recording-rules", "", "`file` with values for OpenFaaS' chart, whose prometheus.recordingRules are evaluated")
	fs.BoolVar(&o.Verbose, "v", false, "log every decision, change of scale and cold start")
	if err := cli.Parse(fs, args); err != nil {
		return o, err
	}
	return o, o.check()
}

// check names the first option that is out of bounds.
// Steps are whole seconds, because the platform takes no others.
func (o Options) check() error {
	switch {
	case o.Functions < 1 || o.Functions > 11:
		return fmt.Errorf("-functions must be between 1 and 11 (OpenFaaS community edition takes 15, the suite has four), was: %d", o.Functions)
	case o.Step < time.Second || o.Step > time.Minute || o.Step%time.Second != 0:
		return fmt.Errorf("-step must be whole seconds between 1s and 1m, was: %v", o.Step)
	case o.Delay < 0 || o.Delay > time.Minute:
		return fmt.Errorf("-simulated-start-delay must be between 0s and 1m, was: %v", o.Delay)
	case !(o.CostRatio >= 0.0001 && o.CostRatio <= 0.9999): // also NaN
		return fmt.Errorf("-cost-ratio must be between 0.0001 and 0.9999, was: %v", o.CostRatio)
	}
	if err := o.Edition.Check(); err != nil {
		return fmt.Errorf("-edition %w", err)
	}
	for _, p := range []struct {
		name string
		port int
	}{{"gateway", o.GatewayPort}, {"nats", o.NATSPort}, {"store", o.StorePort}} {
		if p.port < 0 || p.port > 65535 {
			return fmt.Errorf("-%s-port must be between 0 and 65535, was: %d", p.name, p.port)
		}
	}
	return nil
}

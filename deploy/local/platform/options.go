// Package platform starts the local OpenFaaS and the suite: NATS, gateway, store, cron
// connector and JetStream connector, and the functions of stack.yml. All of it listens
// on loopback only.
package platform

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/natsserver"
	"prewarm/deploy/local/replica"
)

// Options configure a platform. The working directory must be the root of the
// repository, because paths in stack files are relative to it, as for faas-cli.
type Options struct {
	StateDir string // streams, samples and deployments; .state/local by default

	GatewayPort, NATSPort, StorePort int // 0 takes a free port

	Edition  gateway.Edition // gateway.Standard by default
	User     string          // of the gateway, admin by default
	Password string          // by default a random one, which is kept in the state directory

	// Step is the length of a step, one minute by default. With a second, a trace of
	// minutes passes sixty times as fast.
	Step time.Duration

	// Scrapes is how often in a step each target is scraped, 10 by default. It divides the
	// milliseconds of a step.
	Scrapes int

	// NoControllers leaves out the controllers of the edition, for a caller that starts its own.
	NoControllers bool

	// Shards is the number of parts of the functions, 0 for 1. If there are several, collector,
	// predictor and scaler have two replicas each.
	Shards int

	// RecordingRules is a file with values for the chart of OpenFaaS. The rules under
	// prometheus.recordingRules are evaluated on the store. Empty for none.
	RecordingRules string

	// Env overrides variables in the environment of the suite's functions.
	Env map[string]string

	// EnvOf overrides more variables of one function of the suite; nil for none.
	EnvOf func(function string) map[string]string

	// NATS and Gateway start these parts, such as in processes that a test can kill. If nil,
	// they run in this process. Gateway is given the address of NATS.
	NATS    func(natsserver.Options) (NATS, error)
	Gateway func(ctx context.Context, o gateway.Options, natsURL string) (Gateway, error)

	// NoConnectors leaves out the JetStream connector and the cron connector.
	NoConnectors bool

	Progress Progress // of Start, nil for none

	Logger *slog.Logger // slog.Default() by default
}

// Progress shows how far a start is. It is safe for concurrent use.
type Progress interface {
	Add(tasks int)                  // tasks that will begin
	Begin(task string) (end func()) // one of them
}

// silent is a Progress that shows nothing.
type silent struct{}

func (silent) Add(int)             {}
func (silent) Begin(string) func() { return func() {} }

// NATS is a running NATS server.
type NATS interface {
	URL() string
	Stop()
}

// Gateway is a running gateway. Serve returns when Close is called.
type Gateway interface {
	Addr() string
	Serve() error
	Close(context.Context) error
	Processes() []replica.Process
}

// withDefaults sets the defaults and checks the step.
func (o Options) withDefaults() (Options, error) {
	o.Step = cmp.Or(o.Step, time.Minute)
	o.StateDir = cmp.Or(o.StateDir, filepath.Join(".state", "local"))
	o.User = cmp.Or(o.User, "admin")
	o.Edition = cmp.Or(o.Edition, gateway.Standard)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Progress == nil {
		o.Progress = silent{}
	}
	if o.NATS == nil {
		o.NATS = func(n natsserver.Options) (NATS, error) { return natsserver.Start(n) }
	}
	if o.Step < time.Second || o.Step%time.Second != 0 {
		return o, fmt.Errorf("step must be a whole number of seconds, was: %v", o.Step)
	}
	return o, nil
}

// stackFiles are the stack files that the platform builds. It deploys the first one,
// the suite.
var stackFiles = []string{"stack.yml", "deploy/local/workload.yml"}

// speed returns how many seconds of the trace pass in a second on the clock: a step is a
// minute of the trace.
func (o Options) speed() float64 { return time.Minute.Seconds() / o.Step.Seconds() }

// fast reports whether steps are too short for the delays of seconds that the gateway has
// by default.
func (o Options) fast() bool { return o.Step < 30*time.Second }

// A step is wholly known as soon as the store shows a sample from after its end. The
// times below make that a tenth of a step at most: targets are scraped at the end of each
// step, and nine times within it, unless the options ask for fewer. Right after the scrape the store is made to show it.

// scrapeInterval is the time between two scrapes of a target.
func (o Options) scrapeInterval() time.Duration { return o.Step / time.Duration(cmp.Or(o.Scrapes, 10)) }

// scrapeOffset is the time from a multiple of the scrape interval to a scrape. The sample at
// the end of a step must neither come before it, nor hold calls of the next step.
func (o Options) scrapeOffset() time.Duration { return time.Millisecond }

// longestFlush bounds the time between two flushes of the store: a flush right after a scrape
// may come before the samples of that scrape.
const longestFlush = 200 * time.Millisecond

// flushInterval is the time between two flushes of the store.
func (o Options) flushInterval() time.Duration { return min(o.scrapeInterval()/2, longestFlush) }

// flushOffset is the time from a multiple of the flush interval to a flush.
func (o Options) flushOffset() time.Duration { return o.flushInterval() / 2 }

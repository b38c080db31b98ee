// Package platform starts the local OpenFaaS and the suite: NATS, gateway, store, cron
// connector and JetStream connector, and the functions of stack.yml. All of it listens
// on loopback only.
package platform

import (
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"prewarm/deploy/local/gateway"
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

	// Env overrides variables in the environment of the suite's functions.
	Env map[string]string

	Logger *slog.Logger // slog.Default() by default
}

// withDefaults sets the defaults and checks the step.
func (o Options) withDefaults() (Options, error) {
	o.Step = cmp.Or(o.Step, time.Minute)
	o.StateDir = cmp.Or(o.StateDir, filepath.Join(".state", "local"))
	o.User = cmp.Or(o.User, "admin")
	o.Edition = cmp.Or(o.Edition, gateway.Standard)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Step < time.Second || o.Step%time.Second != 0 {
		return o, fmt.Errorf("step must be a whole number of seconds, was: %v", o.Step)
	}
	return o, nil
}

// stackFiles are the stack files that the platform builds. It deploys the first one,
// the suite.
var stackFiles = []string{"stack.yml", "deploy/local/workload.yml"}

// fast reports whether steps are too short for the delays of seconds that store and
// gateway have by default.
func (o Options) fast() bool { return o.Step < 30*time.Second }

// scrapeInterval is a quarter of a step: 15 s, the usual interval, for steps of a
// minute.
func (o Options) scrapeInterval() time.Duration { return max(o.Step/4, 200*time.Millisecond) }

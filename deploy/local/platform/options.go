// Package platform wires the local OpenFaaS: NATS, gateway, store, cron and
// JetStream connectors, and the suite from stack.yml, all on loopback.
package platform

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"prewarm/deploy/local/gateway"
)

// Options of a platform. The working directory must be the repository's root,
// as for faas-cli: paths in stack files are relative to it.
type Options struct {
	StateDir string // streams, samples, deployments; .state/local by default

	GatewayPort, NATSPort, StorePort int // 0 takes a free one

	Edition  gateway.Edition // gateway.Standard by default
	User     string          // of the gateway, admin by default
	Password string          // one is made up and kept in the state directory by default

	// Step is the length of a step, one minute by default. At one second time
	// runs sixty times as fast as in a trace of minutes.
	Step time.Duration

	// Env overrides the environment of the suite's functions.
	Env map[string]string

	Logger *slog.Logger // slog.Default() by default
}

func (o Options) withDefaults() (Options, error) {
	if o.Step == 0 {
		o.Step = time.Minute
	}
	if o.Step < time.Second || o.Step%time.Second != 0 {
		return o, fmt.Errorf("step must be a whole number of seconds, was: %v", o.Step)
	}
	if o.StateDir == "" {
		o.StateDir = filepath.Join(".state", "local")
	}
	if o.User == "" {
		o.User = "admin"
	}
	if o.Edition == "" {
		o.Edition = gateway.Standard
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

// stackFiles are what the platform builds; it deploys the first.
var stackFiles = []string{"stack.yml", "deploy/local/workload.yml"}

// fast reports whether steps are too short for the store's and the gateway's
// usual delays of seconds.
func (o Options) fast() bool { return o.Step < 30*time.Second }

// scrapeInterval gives at least four samples a step, and the usual 15 s at
// steps of a minute.
func (o Options) scrapeInterval() time.Duration { return max(o.Step/4, 200*time.Millisecond) }

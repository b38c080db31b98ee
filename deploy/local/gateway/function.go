//go:build unix

package gateway

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/replica"
)

// function is one deployed function.
// The pool has a lock of its own; no method holds mu while it calls the pool.
type function struct {
	name        string
	created     time.Time
	pool        *replica.Pool
	invocations atomic.Int64 // finished calls since the start of the gateway

	mu         sync.Mutex
	deployment types.FunctionDeployment
	settings   settings
}

// state returns the last deployment and its settings. Their maps must not be changed.
func (f *function) state() (types.FunctionDeployment, settings) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.deployment, f.settings
}

// setState replaces deployment and settings together, so that a reader never sees one
// without the other.
func (f *function) setState(d types.FunctionDeployment, s settings) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deployment, f.settings = d, s
}

// label is the function's name in metrics, name.namespace.
func (f *function) label() string { return f.name + "." + Namespace }

// spec describes how the replicas of a deployment are run.
func (g *Gateway) spec(d deployment) replica.Spec {
	s := d.settings
	return replica.Spec{
		Function:            d.Service,
		Namespace:           Namespace,
		Path:                d.image.Path,
		Dir:                 g.functionDir(d.Service),
		Env:                 d.environment(),
		SecretsDir:          filepath.Join(g.functionDir(d.Service), "secrets"),
		MemoryLimit:         s.resources.memory,
		MaxProcs:            s.resources.procs,
		HealthPath:          s.healthPath,
		LivenessDelay:       s.liveDelay,
		LivenessPeriod:      s.livePeriod,
		SimulatedStartDelay: s.startDelay,
		MaxInflight:         s.maxInflight,
		Grace:               s.grace,
		Wake:                g.opts.Edition.clamp(uint64(max(1, s.min))), // as OpenFaaS scales from zero: to the minimum
	}
}

// add makes the function known and returns it, without replicas: the caller sets
// their number.
func (g *Gateway) add(d deployment, created time.Time) *function {
	fn := &function{name: d.Service, created: created, deployment: d.FunctionDeployment, settings: d.settings}
	fn.pool = replica.NewPool(g.spec(d), replica.Config{
		Launcher: g.launcher,
		Now:      g.now,
		Logger:   g.log,
		Changed:  g.markDirty,
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.functions[fn.name] = fn
	return fn
}

// find returns a function by "name" or "name.namespace". The error has status 404.
func (g *Gateway) find(name string) (*function, error) {
	base := strings.TrimSuffix(name, "."+Namespace)
	g.mu.RLock()
	defer g.mu.RUnlock()
	fn, ok := g.functions[base]
	if !ok {
		return nil, notFound("function %s not found", name)
	}
	return fn, nil
}

// list returns all deployed functions in the order of their names.
// The order keeps answers and the state file stable.
func (g *Gateway) list() []*function {
	g.mu.RLock()
	defer g.mu.RUnlock()
	byName := func(a, b *function) int { return strings.Compare(a.name, b.name) }
	return slices.SortedFunc(maps.Values(g.functions), byName)
}

// all returns the deployed functions, and the deleted functions whose requests have
// not ended.
func (g *Gateway) all() []*function {
	// A function that is deleted between the two reads is listed twice. That is harmless:
	// closing a pool twice has no effect.
	deployed := g.list()
	g.mu.RLock()
	defer g.mu.RUnlock()
	return slices.Concat(deployed, g.leaving)
}

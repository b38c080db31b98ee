//go:build unix

package gateway

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// annotationQueue names the queue of a function's asynchronous calls. On a cluster each such
// queue needs a queue-worker of its own; here it has one from the first call on.
//
// Source: https://docs.openfaas.com/reference/async/#multiple-queues
const annotationQueue = "com.openfaas.queue"

// queues are the queues of a gateway: the default one, and those that deployments name.
type queues struct {
	gateway  *Gateway
	callback *http.Client

	mu      sync.Mutex
	context context.Context // of the workers; nil until run
	all     map[string]*queue
}

// newQueues returns the queues on the JetStream of the gateway, with the stream of the
// default one.
func newQueues(ctx context.Context, g *Gateway) (*queues, error) {
	// A separate transport, so that its idle connections can be closed.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	qs := &queues{
		gateway:  g,
		callback: &http.Client{Timeout: callbackTimeout, Transport: transport},
		all:      map[string]*queue{},
	}
	return qs, qs.get(defaultQueue).prepare(ctx)
}

// get returns the queue with a name, with its workers if the queues run.
func (qs *queues) get(name string) *queue {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	q := qs.all[name]
	if q == nil {
		q = &queue{name: name, gateway: qs.gateway, js: qs.gateway.opts.JetStream, callback: qs.callback, calling: map[string]int{}, waited: map[string]int{}}
		qs.all[name] = q
		qs.start(q)
	}
	return q
}

// start starts the workers of a queue if the queues run. The caller holds qs.mu.
func (qs *queues) start(q *queue) {
	if qs.context != nil && qs.context.Err() == nil {
		qs.gateway.background.Go(func() { q.run(qs.context) })
	}
}

// run starts the workers of all queues, also of those in which calls of an earlier gateway
// wait. They end with the context.
func (qs *queues) run(ctx context.Context) {
	for _, fn := range qs.gateway.list() {
		qs.get(qs.gateway.queueName(fn))
	}
	qs.mu.Lock()
	defer qs.mu.Unlock()
	qs.context = ctx
	for _, q := range qs.all {
		qs.start(q)
	}
}

// list returns all queues in the order of their names.
func (qs *queues) list() []*queue {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	var all []*queue
	for _, name := range slices.Sorted(maps.Keys(qs.all)) {
		all = append(all, qs.all[name])
	}
	return all
}

// queueName returns the queue of a function. The community edition has one queue.
func (g *Gateway) queueName(fn *function) string {
	d, _ := fn.state()
	if name := deref(d.Annotations)[annotationQueue]; name != "" && g.opts.Edition == Standard {
		return name
	}
	return defaultQueue
}

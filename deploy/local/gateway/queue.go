//go:build unix

package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"
)

const (
	// defaultQueue is the queue of functions without annotationQueue. A queue's stream has
	// its name.
	defaultQueue = "faas-request"

	asyncConsumer = "queue-worker"
	maxQueued     = 100_000

	// ackWait is after which time without a report of its worker a call is given to
	// another worker. Workers report three times in it.
	ackWait = 30 * time.Second

	// fetchWait is how long one request for a message lasts. A closing gateway waits
	// for it.
	fetchWait = 250 * time.Millisecond

	// maxDeliveries bounds the attempts to call a function that cannot be reached.
	maxDeliveries = 10
)

// queueExp matches the name of a queue: a stream of JetStream has no dots in its name.
var queueExp = regexp.MustCompile(`^[a-zA-Z0-9][-a-zA-Z0-9_]{0,62}$`)

// queue holds asynchronous calls in a durable JetStream work queue, and makes them in the
// order of their arrival: mode "static" of the queue-worker of OpenFaaS.
// A message is the JSON of types.QueueRequest, the form of OpenFaaS' own queue. It says all
// that the call needs, so that a restarted gateway can make it.
//
// Source: https://docs.openfaas.com/openfaas-pro/jetstream/
type queue struct {
	name     string
	gateway  *Gateway
	js       jetstream.JetStream
	callback *http.Client
	prepared atomic.Bool // the stream exists, as far as this gateway knows

	mu      sync.Mutex
	calling map[string]int // calls in progress by subject
	waited  map[string]int // 0 for each function that had a call
}

// prepare creates the stream if it does not exist.
func (q *queue) prepare(ctx context.Context) error {
	subjects := []string{q.name, q.name + ".>"}
	old, err := q.js.Stream(ctx, q.name)
	// A name that a deployment chooses may be that of a stream with other messages.
	if err == nil && !slices.Contains(old.CachedInfo().Config.Subjects, q.name) {
		return fmt.Errorf("queue %s: the stream of this name has the subjects %q", q.name, old.CachedInfo().Config.Subjects)
	}
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("queue %s: %w", q.name, err)
	}
	// A full queue refuses new calls. It never drops a call that was answered with 202.
	_, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:      q.name,
		Subjects:  subjects,
		Retention: jetstream.WorkQueuePolicy,
		Discard:   jetstream.DiscardNew,
		MaxMsgs:   maxQueued,
		Storage:   jetstream.FileStorage,
	})
	if err != nil {
		return fmt.Errorf("queue %s: %w", q.name, err)
	}
	q.prepared.Store(true)
	return nil
}

// maxPayload is the largest message that NATS takes, in bytes.
func (q *queue) maxPayload() int64 { return q.js.Conn().MaxPayload() }

// publish puts the request into the queue.
func (q *queue) publish(ctx context.Context, request *types.QueueRequest) error {
	message, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if limit := q.maxPayload(); int64(len(message)) > limit {
		return &statusError{http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the queued request must be at most %d bytes, was: %d", limit, len(message))}
	}
	if !q.prepared.Load() {
		if err := q.prepare(ctx); err != nil {
			return &statusError{http.StatusServiceUnavailable, "cannot queue the request: " + err.Error()}
		}
	}
	subject := q.subject(request.Function)
	if _, err := q.js.Publish(ctx, subject, message); err != nil {
		return &statusError{http.StatusServiceUnavailable, "cannot queue the request: " + err.Error()}
	}
	if function, known := strings.CutPrefix(subject, q.name+"."); known {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.waited[function] = 0
	}
	return nil
}

// subject returns the subject of the calls of a function. It has the function's name, by
// which its calls are counted, as with OpenFaaS from gateway 0.5 on; the format there is
// not documented.
//
// Source: https://www.openfaas.com/blog/queue-based-scaling/
func (q *queue) subject(function string) string {
	if base := baseName(function); nameExp.MatchString(base) {
		return q.name + "." + base + "." + Namespace
	}
	return q.name // no function has such a name
}

// began counts a call in progress, until the returned function is called.
func (q *queue) began(subject string) (ended func()) {
	count := func(n int) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.calling[subject] += n; q.calling[subject] == 0 {
			delete(q.calling, subject)
		}
	}
	count(1)
	return func() { count(-1) }
}

// pending returns the calls that wait to be made, by the name.namespace of their function:
// those that no worker holds, and those that wait for another attempt. A function that had
// calls before has 0.
func (q *queue) pending(ctx context.Context) (map[string]int, error) {
	stream, err := q.js.Stream(ctx, q.name)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(q.name+".>"))
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	all := maps.Clone(q.waited)
	for subject, n := range info.State.Subjects {
		function := strings.TrimPrefix(subject, q.name+".")
		q.waited[function] = 0
		// A call stays in the stream until its end.
		all[function] = max(0, int(n)-q.calling[subject])
	}
	return all, nil
}

//go:build unix

package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/httputil"
	"github.com/openfaas/faas-provider/types"
)

// The stream of asynchronous calls has the name that OpenFaaS uses.
const (
	asyncStream   = "faas-request"
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

// queue holds asynchronous calls in a durable JetStream work queue.
// A message is the JSON of types.QueueRequest, the form of OpenFaaS' own queue. It says all
// that the call needs, so that a restarted gateway can make it.
type queue struct {
	gateway  *Gateway
	js       jetstream.JetStream
	callback *http.Client
}

// newQueue returns the queue on the JetStream of the gateway, with its stream.
func newQueue(ctx context.Context, g *Gateway) (*queue, error) {
	// A separate transport, so that its idle connections can be closed.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	q := &queue{
		gateway:  g,
		js:       g.opts.JetStream,
		callback: &http.Client{Timeout: 30 * time.Second, Transport: transport},
	}
	return q, q.prepare(ctx)
}

// prepare creates the stream if it does not exist.
func (q *queue) prepare(ctx context.Context) error {
	// A full queue refuses new calls. It never drops a call that was answered with 202.
	_, err := q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:      asyncStream,
		Subjects:  []string{asyncStream},
		Retention: jetstream.WorkQueuePolicy,
		Discard:   jetstream.DiscardNew,
		MaxMsgs:   maxQueued,
		Storage:   jetstream.FileStorage,
	})
	if err != nil {
		return fmt.Errorf("stream %s: %w", asyncStream, err)
	}
	return nil
}

// enqueue serves /async-function/NAME.
func (g *Gateway) enqueue(w http.ResponseWriter, r *http.Request) error {
	if g.queue == nil {
		return &statusError{http.StatusNotImplemented, "asynchronous calls need NATS JetStream, which this gateway runs without"}
	}
	// An unknown function is refused here: once a call is queued, its caller has the answer
	// and gets no further report.
	fn, err := g.find(mux.Vars(r)["name"])
	if err != nil {
		return err
	}
	request, err := newQueueRequest(w, r, fn, g.queue.maxPayload())
	if err != nil {
		return err
	}
	start := g.now()
	request.Header.Set(headerStart, strconv.FormatInt(start.UnixNano(), 10))
	if err := g.queue.publish(r.Context(), request); err != nil {
		return err
	}
	w.Header().Set(headerCallID, request.Header.Get(headerCallID))
	w.Header().Set(headerStart, request.Header.Get(headerStart))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// maxPayload is the largest message that NATS takes, in bytes.
func (q *queue) maxPayload() int64 { return q.js.Conn().MaxPayload() }

// newQueueRequest returns a message with all that is needed to make the call later.
func newQueueRequest(w http.ResponseWriter, r *http.Request, fn *function, limit int64) (*types.QueueRequest, error) {
	// A first bound for memory. publish checks the encoded message, which is longer: the
	// body is base64 there.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, err
	}
	callback, err := parseCallback(r.Header.Get("X-Callback-Url"))
	if err != nil {
		return nil, err
	}
	header := r.Header.Clone()
	header.Del("X-Callback-Url")
	if header.Get(headerCallID) == "" {
		header.Set(headerCallID, newCallID())
	}
	return &types.QueueRequest{
		Header:      header,
		Host:        r.Host,
		Body:        body,
		Method:      r.Method,
		Path:        replicaPath(r.URL),
		QueryString: r.URL.RawQuery,
		Function:    fn.name,
		QueueName:   asyncStream,
		CallbackURL: callback,
	}, nil
}

// replicaPath returns the part of the path behind /async-function/NAME, escaped.
func replicaPath(u *url.URL) string {
	sync := *u
	// Both forms change in the same way: EscapedPath uses RawPath only if it encodes Path.
	sync.Path = "/function" + u.Path[len("/async-function"):]
	if u.RawPath != "" {
		sync.RawPath = "/function" + u.RawPath[len("/async-function"):]
	}
	return replicaURL(&sync).EscapedPath()
}

// parseCallback returns nil for an empty text.
func parseCallback(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, badRequest("X-Callback-Url must be an http or https URL, was: %q", text)
	}
	return u, nil
}

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
	if _, err := q.js.Publish(ctx, asyncStream, message); err != nil {
		return &statusError{http.StatusServiceUnavailable, "cannot queue the request: " + err.Error()}
	}
	return nil
}

// decodeQueueRequest decodes a queued message and makes the HTTP request of its call,
// without a body. It validates the message, because any client of NATS can publish
// one.
func decodeQueueRequest(message []byte) (*types.QueueRequest, *http.Request, error) {
	var queued types.QueueRequest
	if err := json.Unmarshal(message, &queued); err != nil {
		return nil, nil, fmt.Errorf("queued request: %w", err)
	}
	if !nameExp.MatchString(queued.Function) {
		return nil, nil, fmt.Errorf("queued request: function must be a name, was: %q", queued.Function)
	}
	path, err := url.ParseRequestURI("/function/" + queued.Function + queued.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("queued request: %w", err)
	}
	path.RawQuery = queued.QueryString
	req, err := http.NewRequest(queued.Method, path.String(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("queued request: %w", err)
	}
	if queued.Header != nil {
		req.Header = queued.Header.Clone()
	}
	req.Host = queued.Host
	return &queued, req, nil
}

// result records the answer of a function for the callback.
type result struct {
	header http.Header
	status int
	body   []byte
}

// Header implements http.ResponseWriter.
func (r *result) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *result) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter. Bytes beyond 16 MiB are dropped.
// The bound protects the memory of the gateway. The length is reported in full, so that
// the proxy does not take the cut for a broken connection.
func (r *result) Write(p []byte) (int, error) {
	const maxResult = 16 << 20
	r.body = append(r.body, p[:min(len(p), maxResult-len(r.body))]...)
	return len(p), nil
}

// Flush implements http.Flusher.
// The proxy flushes streams; a callback gets its body as a whole.
func (r *result) Flush() {}

var _ http.Flusher = (*result)(nil)

// refuse records the error of a call that could not be made.
func (r *result) refuse(status int, text string) { httputil.Errorf(r, status, "%s", text) }

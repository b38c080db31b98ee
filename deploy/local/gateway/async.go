//go:build unix

package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"
)

// enqueue serves /async-function/NAME. It answers 202 for any name, as the gateway of
// OpenFaaS does: the call of an unknown function fails in the worker, which reports 404 to
// the callback URL if there is one.
//
// Source: MakeQueuedProxy in gateway/handlers/queue_proxy.go of openfaas/faas.
func (g *Gateway) enqueue(w http.ResponseWriter, r *http.Request) error {
	if g.queues == nil {
		return &statusError{http.StatusNotImplemented, "asynchronous calls need NATS JetStream, which this gateway runs without"}
	}
	name := mux.Vars(r)["name"]
	queue := g.queues.get(defaultQueue)
	if fn, err := g.find(name); err == nil {
		queue = g.queues.get(g.queueName(fn))
	}
	request, err := newQueueRequest(w, r, name, queue)
	if err != nil {
		return err
	}
	start := g.now()
	request.Header.Set(headerStart, strconv.FormatInt(start.UnixNano(), 10))
	if err := queue.publish(r.Context(), request); err != nil {
		return err
	}
	w.Header().Set(headerCallID, request.Header.Get(headerCallID))
	w.Header().Set(headerStart, request.Header.Get(headerStart))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// newQueueRequest returns a message with all that is needed to make the call later.
func newQueueRequest(w http.ResponseWriter, r *http.Request, name string, queue *queue) (*types.QueueRequest, error) {
	// A first bound for memory. publish checks the encoded message, which is longer: the
	// body is base64 there.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, queue.maxPayload()))
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
		Function:    name,
		QueueName:   queue.name,
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
	// A message of the queue is JSON, which would change what is not UTF-8.
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || !utf8.ValidString(text+u.Host+u.Path+u.Fragment) {
		return nil, badRequest("X-Callback-Url must be an http or https URL in UTF-8, was: %q", text)
	}
	return u, nil
}

// decodeQueueRequest decodes a queued message and makes the HTTP request of its call,
// without a body. It validates the message, because any client of NATS can publish
// one.
func decodeQueueRequest(message []byte) (*types.QueueRequest, *http.Request, error) {
	var queued types.QueueRequest
	if err := json.Unmarshal(message, &queued); err != nil {
		return nil, nil, fmt.Errorf("queued request: %w", err)
	}
	if !calledExp.MatchString(queued.Function) {
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

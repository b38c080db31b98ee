package connector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/openfaas/connector-sdk/types"
	sdk "github.com/openfaas/go-sdk"
)

const (
	// lookupTimeout bounds one look at the gateway's functions.
	lookupTimeout = 10 * time.Second

	// listLimit bounds one answer of the gateway, in bytes.
	listLimit = 16 << 20
)

// directory knows which functions take which topic. Until the first successful
// look it knows none; after a failed one it keeps what it knew.
type directory struct {
	mu        sync.Mutex
	functions map[string][]string
	changed   chan struct{} // closed and replaced with every successful look
	built     bool
}

func newDirectory() *directory {
	return &directory{changed: make(chan struct{})}
}

// functionsFor returns the functions of a topic, sorted, with their namespace.
func (d *directory) functionsFor(topic string) []string {
	functions, _ := d.look(topic)
	return functions
}

func (d *directory) look(topic string) ([]string, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.functions[topic], d.changed
}

// await waits until a function takes the topic; false when ctx ended before.
func (d *directory) await(ctx context.Context, topic string) bool {
	for {
		functions, changed := d.look(topic)
		if len(functions) > 0 {
			return ctx.Err() == nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// known says whether a look at the gateway has ever succeeded.
func (d *directory) known() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.built
}

// replace takes over the result of a look. A function that names a topic twice
// receives it once.
func (d *directory) replace(functions map[string][]string) {
	for topic, names := range functions {
		slices.Sort(names)
		functions[topic] = slices.Compact(names)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.functions = functions
	d.built = true
	close(d.changed)
	d.changed = make(chan struct{})
}

// lookUp asks the gateway for the functions of every topic.
func lookUp(ctx context.Context, gateway GatewayConfig, base http.RoundTripper) (map[string][]string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	var auth sdk.ClientAuth
	if gateway.Username != "" {
		auth = &sdk.BasicAuth{Username: gateway.Username, Password: gateway.Password}
	}
	client := &http.Client{Transport: lookupTransport{ctx: ctx, base: base}}
	functions, err := types.NewFunctionLookupBuilder(gateway.URL, ",", client, auth).Build()
	if err != nil {
		return nil, fmt.Errorf("look up functions: %w", err)
	}
	return functions, nil
}

// lookupTransport adds what the lookup builder lacks: a context, a bound on the
// answer, and an error for every status but 200. Without the last, a gateway
// that fails with an empty body looks like one without namespaces.
type lookupTransport struct {
	ctx  context.Context
	base http.RoundTripper
}

func (t lookupTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.base.RoundTrip(req.WithContext(t.ctx))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("gateway answered %s", res.Status)
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, listLimit), res.Body}
	return res, nil
}

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
	// lookupTimeout bounds one list of the gateway's functions.
	lookupTimeout = 10 * time.Second

	// listLimit bounds one answer of the gateway, in bytes.
	listLimit = 16 << 20
)

// directory maps each topic to the functions that name it. It is empty until the
// first successful list; a failed one leaves it as it is. It is safe for
// concurrent use.
type directory struct {
	mu        sync.Mutex
	functions map[string][]string
	changed   chan struct{} // closed and replaced with every successful list
	listed    bool          // whether a list has ever succeeded
}

func newDirectory() *directory {
	return &directory{changed: make(chan struct{})}
}

// functionsFor returns the functions of a topic, name.namespace, sorted.
func (d *directory) functionsFor(topic string) []string {
	functions, _ := d.get(topic)
	return functions
}

// get returns the functions of a topic with a channel that closes when they may
// have changed.
func (d *directory) get(topic string) ([]string, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.functions[topic], d.changed
}

// await waits until a function has the topic. It returns false if ctx ended first.
func (d *directory) await(ctx context.Context, topic string) bool {
	for {
		functions, changed := d.get(topic)
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

// known reports whether a list of the gateway's functions has ever succeeded.
func (d *directory) known() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listed
}

// replace sets the functions of all topics. A function that names a topic twice
// gets each message once.
func (d *directory) replace(functions map[string][]string) {
	for topic, names := range functions {
		slices.Sort(names)
		functions[topic] = slices.Compact(names)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.functions = functions
	d.listed = true
	close(d.changed)
	d.changed = make(chan struct{})
}

// lookUp lists the gateway's functions by topic.
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

// lookupTransport adds what the lookup builder of connector-sdk lacks: a context, a
// limit on the answer, and an error for every status but 200. Without that error a
// gateway that answers 500 with an empty body looks like one without namespaces.
type lookupTransport struct {
	ctx  context.Context
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
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

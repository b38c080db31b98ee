package connector

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

// watchFunctions lists the gateway's functions every Config.RebuildInterval and passes
// each list to the roster. It logs the first failure of a series and the first success
// after it, so that an outage of an hour is two lines.
func (c *Connector) watchFunctions(ctx context.Context, r *roster) {
	ticker := time.NewTicker(c.config.RebuildInterval)
	defer ticker.Stop()
	failing := false
	for {
		err := c.rebuild(ctx, r)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			c.log.Warn("cannot list functions, the last list stays in use", "gateway", c.config.Gateway.URL, "error", err)
		}
		if err == nil && failing {
			c.log.Info("functions listed again", "gateway", c.config.Gateway.URL)
		}
		failing = err != nil
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// rebuild updates the roster to what the gateway lists now. On an error the roster
// keeps what it has: no data is not zero functions.
func (c *Connector) rebuild(ctx context.Context, r *roster) error {
	gateway := c.config.Gateway
	gateway.URL = c.lookups.Root.String() // the transport adds the path
	functions, err := lookUp(ctx, gateway, c.lookups)
	if err != nil {
		c.metrics.lookups.WithLabelValues("error").Inc()
		return err
	}
	c.metrics.lookups.WithLabelValues("success").Inc()
	r.update(ctx, functions)
	c.listed.Store(true)
	return nil
}

// lookUp lists the gateway's functions, name.namespace, by topic. A function that names
// a topic twice is listed twice.
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

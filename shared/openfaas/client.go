// Package openfaas speaks to an OpenFaaS gateway through go-sdk: what is
// deployed, how many replicas it has, and how many it should have.
package openfaas

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/shared/config"
)

var (
	// ErrUnavailable means that the gateway gave no usable answer.
	ErrUnavailable = errors.New("gateway: not available")
	// ErrTimeout means that the gateway did not answer in time. It is unavailable.
	ErrTimeout = fmt.Errorf("%w: no answer in time", ErrUnavailable)
	// ErrNotFound means that the function is not deployed.
	ErrNotFound = errors.New("gateway: function not found")
	// ErrRefused means that the gateway understood and said no.
	ErrRefused = errors.New("gateway: refused")
)

// Config says where the gateway is.
type Config struct {
	URL        string
	User       string
	Password   string
	Namespaces []string      // function namespaces, empty: all that the gateway names
	Timeout    time.Duration // of one call, 0 for no bound
}

// ReadConfig reads gateway_url, gateway_user, gateway_namespaces (comma
// separated), gateway_timeout and the secret prewarm-gateway-password.
func ReadConfig(r *config.Reader) Config {
	return Config{
		URL:        r.URL("gateway_url", "http://gateway.openfaas:8080", "http", "https"),
		User:       r.String("gateway_user", "admin"),
		Password:   r.Secret("prewarm-gateway-password"),
		Namespaces: strings.FieldsFunc(r.String("gateway_namespaces", ""), func(c rune) bool { return c == ',' || c == ' ' }),
		Timeout:    r.Duration("gateway_timeout", 10*time.Second, 100*time.Millisecond, time.Minute),
	}
}

// Function is a deployed function.
type Function struct {
	Name        string // name.namespace, as in the gateway's metrics
	Replicas    int    // desired
	Available   int    // ready
	Labels      map[string]string
	Annotations map[string]string
}

// Client is safe for concurrent use.
type Client struct {
	cfg Config
	sdk *sdk.Client
}

// New returns a client; nothing is sent.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("gateway_url: %w", err)
	}
	hc := &http.Client{Transport: StatusTransport{http.DefaultTransport.(*http.Transport).Clone()}}
	return &Client{cfg: cfg, sdk: sdk.NewClient(u, &sdk.BasicAuth{Username: cfg.User, Password: cfg.Password}, hc)}, nil
}

// List returns every deployed function, sorted by name.
func (c *Client) List(ctx context.Context) ([]Function, error) {
	namespaces, err := c.namespaces(ctx)
	if err != nil {
		return nil, err
	}
	var out []Function
	for _, ns := range namespaces {
		var statuses []types.FunctionStatus
		err := c.call(ctx, func(ctx context.Context) (err error) {
			statuses, err = c.sdk.GetFunctions(ctx, ns)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list functions of %q: %w", ns, err)
		}
		for _, s := range statuses {
			out = append(out, function(s, ns))
		}
	}
	slices.SortFunc(out, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// namespaces asks the gateway, which answers with one default namespace where
// it knows no others.
func (c *Client) namespaces(ctx context.Context) ([]string, error) {
	if len(c.cfg.Namespaces) > 0 {
		return c.cfg.Namespaces, nil
	}
	var names []string
	err := c.call(ctx, func(ctx context.Context) (err error) {
		names, err = c.sdk.GetNamespaces(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list namespaces: %w", err)
	}
	if len(names) == 0 {
		return []string{""}, nil
	}
	return names, nil
}

// Scale asks for replicas of a function (name.namespace). The gateway answers
// before they are ready, and the community edition clamps the number without a
// word: List tells what came of it.
func (c *Client) Scale(ctx context.Context, function string, replicas int) error {
	if replicas < 0 {
		panic("gateway: negative replicas")
	}
	name, ns, _ := strings.Cut(function, ".")
	err := c.call(ctx, func(ctx context.Context) error {
		return c.sdk.ScaleFunction(ctx, name, ns, uint64(replicas))
	})
	if err != nil {
		return fmt.Errorf("scale %s to %d: %w", function, replicas, err)
	}
	return nil
}

// defaultNamespace is what OpenFaaS calls the namespace that a provider without
// namespaces leaves out; the gateway's metrics use it too.
const defaultNamespace = "openfaas-fn"

func function(s types.FunctionStatus, ns string) Function {
	f := Function{Name: s.Name, Replicas: clamp(s.Replicas), Available: clamp(s.AvailableReplicas)}
	for _, candidate := range []string{s.Namespace, ns, defaultNamespace} {
		if candidate != "" {
			f.Name += "." + candidate
			break
		}
	}
	if s.Labels != nil {
		f.Labels = *s.Labels
	}
	if s.Annotations != nil {
		f.Annotations = *s.Annotations
	}
	return f
}

// clamp keeps an absurd number from outside from becoming negative.
func clamp(n uint64) int { return int(min(n, 1<<20)) }

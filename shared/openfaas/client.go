// Package openfaas is the client of an OpenFaaS gateway: it lists the deployed
// functions, sets their replicas, and reads the labels and annotations by which an
// owner configures the scaling of a function.
//
// Calls go through go-sdk. Their errors wrap one of ErrUnavailable, ErrTimeout,
// ErrAddress, ErrDenied, ErrNotFound and ErrRefused, on which callers branch.
package openfaas

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/shared/config"
)

var (
	// ErrUnavailable means that the gateway gave no usable answer. The call may succeed
	// later.
	ErrUnavailable = errors.New("gateway: not available")
	// ErrTimeout is the ErrUnavailable of a gateway that did not answer in time.
	ErrTimeout = fmt.Errorf("%w: no answer in time", ErrUnavailable)
	// ErrAddress is the ErrUnavailable of an answer that does not come from an OpenFaaS
	// gateway. The call succeeds once gateway_url is set right.
	ErrAddress = fmt.Errorf("%w: wrong address", ErrUnavailable)
	// ErrDenied is the ErrUnavailable of an answer 4xx that neither finds the request wrong
	// nor concerns only this moment, such as 403 or 409. It may come from a proxy, or from a
	// conflict that passes: one such answer says nothing about the next.
	ErrDenied = fmt.Errorf("%w: denied", ErrUnavailable)
	// ErrNotFound means that the function is not deployed.
	ErrNotFound = errors.New("gateway: function not found")
	// ErrRefused means that the gateway found the request wrong (400). The same request would
	// be refused again.
	ErrRefused = errors.New("gateway: refused")
)

// Config of a Client.
type Config struct {
	URL        string // with the path, if the gateway is below one
	TLS        *tls.Config
	User       string
	Password   string
	Namespaces []string      // of the functions; empty for all that the gateway lists
	Timeout    time.Duration // of one call, 0 for no bound
	Edition    Edition       // EditionUnknown to ask the gateway
}

// ReadConfig reads gateway_url, gateway_user, gateway_namespaces (comma
// separated), gateway_timeout, openfaas_edition, the secret prewarm-gateway-password, and the certificates
// gateway-ca, gateway-cert and gateway-key.
func ReadConfig(r *config.Reader) Config {
	address := r.BaseURL("gateway_url", "http://gateway.openfaas:8080", "http", "https")
	return Config{
		URL:        address,
		TLS:        r.TLS("gateway", address),
		User:       r.String("gateway_user", "admin"),
		Password:   r.Secret("prewarm-gateway-password"),
		Namespaces: strings.FieldsFunc(r.String("gateway_namespaces", ""), func(c rune) bool { return c == ',' || c == ' ' }),
		Timeout:    r.Duration("gateway_timeout", 10*time.Second, 100*time.Millisecond, time.Minute),
		Edition:    readEdition(r),
	}
}

// Function is a deployed function.
type Function struct {
	Name        string    // name.namespace, as in the gateway's metrics
	Replicas    int       // desired
	Available   int       // ready
	MemoryBytes int64     // of a replica, by the limit or else the request; 0 if unknown
	Created     time.Time // when it was deployed first, zero if unknown; an update may change it
	MaxInflight int       // calls at a time that a replica accepts; 0 if unknown or without limit
	Labels      map[string]string
	Annotations map[string]string
}

// Client calls one gateway. It is safe for concurrent use.
type Client struct {
	cfg Config
	sdk *sdk.Client

	edition edition
}

// New returns a client. It sends nothing yet.
func New(cfg Config) (*Client, error) {
	transport, err := NewTransport(cfg.URL, cfg.TLS)
	if err != nil {
		return nil, err
	}
	auth := &sdk.BasicAuth{Username: cfg.User, Password: cfg.Password}
	return &Client{cfg: cfg, sdk: sdk.NewClient(transport.Root, auth, &http.Client{Transport: transport})}, nil
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
		for i, s := range statuses {
			if s.Name == "" {
				return nil, fmt.Errorf("list functions of %q: %w: function %d of %d has no name", ns, ErrUnavailable, i+1, len(statuses))
			}
			out = append(out, function(s, ns))
		}
	}
	slices.SortFunc(out, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// namespaces returns the configured namespaces, or else those that the gateway
// lists. A provider without namespaces lists none; the empty name then stands for its
// default one, which is openfaas-fn.
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

// Scale sets the replicas of a function (name.namespace). The gateway answers before
// they are ready, and the community edition silently clamps the number: List shows the
// result. Scale panics if replicas is negative.
func (c *Client) Scale(ctx context.Context, function string, replicas int) error {
	if replicas < 0 {
		panic("openfaas: negative replicas")
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

// defaultNamespace is the namespace of functions whose provider names none, as in the
// gateway's metrics.
const defaultNamespace = "openfaas-fn"

// function converts the answer of go-sdk about a function of namespace ns.
func function(s types.FunctionStatus, ns string) Function {
	f := Function{
		Name:     s.Name + "." + cmp.Or(s.Namespace, ns, defaultNamespace),
		Replicas: clamp(s.Replicas), Available: clamp(s.AvailableReplicas), MemoryBytes: memoryOf(s),
		MaxInflight: maxInflight(s.EnvVars), Created: s.CreatedAt,
	}
	if s.Labels != nil {
		f.Labels = *s.Labels
	}
	if s.Annotations != nil {
		f.Annotations = *s.Annotations
	}
	return f
}

// clamp bounds a number of replicas, so that an absurd one does not become negative.
func clamp(n uint64) int { return int(min(n, 1<<20)) }

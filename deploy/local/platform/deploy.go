package platform

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/deploy/local/gateway"
)

// Client returns a client of the gateway with its credentials.
func (p *Platform) Client() *sdk.Client {
	u := &url.URL{Scheme: "http", Host: p.addresses().gateway}
	return sdk.NewClient(u, &sdk.BasicAuth{Username: p.opts.User, Password: p.opts.Password}, http.DefaultClient)
}

// setSecret creates a secret, or updates it if it exists.
func (p *Platform) setSecret(ctx context.Context, name, value string) error {
	secret := types.Secret{Name: name, Value: value, Namespace: gateway.Namespace}
	client := p.Client()
	// A state directory that was used before has the secret already.
	if status, err := client.CreateSecret(ctx, secret); err == nil || status != http.StatusConflict {
		return err
	}
	_, err := client.UpdateSecret(ctx, secret)
	return err
}

// Deploy deploys a function, or updates it if it exists.
func (p *Platform) Deploy(ctx context.Context, d types.FunctionDeployment) error {
	d.Namespace = gateway.Namespace
	client := p.Client()
	// An update of an unknown function fails with 404. Any other error occurs again in Deploy,
	// which reports it.
	if _, err := client.Update(ctx, d); err == nil {
		return nil
	}
	if _, err := client.Deploy(ctx, d); err != nil {
		return fmt.Errorf("deploy %s: %w", d.Service, err)
	}
	return nil
}

// AwaitReady returns when every named function has its desired number of ready
// replicas. A function at zero is ready. After an error of the gateway it asks again,
// until ctx ends.
func (p *Platform) AwaitReady(ctx context.Context, names ...string) error {
	client := p.Client()
	for _, name := range names {
		for {
			f, err := client.GetFunction(ctx, name, gateway.Namespace)
			if err == nil && f.AvailableReplicas >= f.Replicas {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("function %s is not ready: %w", name, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

package openfaas

import (
	"context"
	"errors"
	"fmt"

	"github.com/openfaas/faas-provider/types"
)

// Deploy replaces a function, or creates it if it is not deployed. The provider answers before
// replicas are ready.
//
// Source: OpenFaaS REST API, PUT and POST /system/functions (https://docs.openfaas.com/reference/rest-api).
func (c *Client) Deploy(ctx context.Context, f types.FunctionDeployment) error {
	err := c.call(ctx, func(ctx context.Context) error {
		_, err := c.sdk.Update(ctx, f)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = c.call(ctx, func(ctx context.Context) error {
			_, err := c.sdk.Deploy(ctx, f)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("deploy %s.%s: %w", f.Service, f.Namespace, err)
	}
	return nil
}

// Remove removes a function. One that is not deployed is no error.
//
// Source: OpenFaaS REST API, DELETE /system/functions.
func (c *Client) Remove(ctx context.Context, name, namespace string) error {
	err := c.call(ctx, func(ctx context.Context) error { return c.sdk.DeleteFunction(ctx, name, namespace) })
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("remove %s.%s: %w", name, namespace, err)
	}
	return nil
}

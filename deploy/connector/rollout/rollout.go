// Package rollout deploys functions through the API of an OpenFaaS gateway, and removes them. It is
// for editions without the resource Function, where the Helm chart runs it as a job.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/openfaas"
)

// Gateway is what a rollout needs of openfaas.Client.
type Gateway interface {
	Deploy(ctx context.Context, f types.FunctionDeployment) error
	Remove(ctx context.Context, name, namespace string) error
	Function(ctx context.Context, name string) (openfaas.Function, error)
}

// pause is the time between two tries.
const pause = time.Second

// Apply deploys the functions, and returns when each has a ready replica. It tries again while the
// gateway is not available. The error of a ctx that ends names what is missing.
func Apply(ctx context.Context, gateway Gateway, functions []types.FunctionDeployment, log *slog.Logger) error {
	for _, f := range functions {
		if err := try(ctx, log, func() error { return gateway.Deploy(ctx, f) }); err != nil {
			return err
		}
		log.Info("deployed", "function", f.Service, "namespace", f.Namespace, "image", f.Image)
	}
	for _, f := range functions {
		name := f.Service + "." + f.Namespace
		if err := try(ctx, log, func() error { return ready(ctx, gateway, name) }); err != nil {
			return err
		}
		// After an update, the replica may be one of the version before: the gateway does not tell.
		log.Info("deployed, a replica is ready", "function", f.Service, "namespace", f.Namespace)
	}
	return nil
}

// Remove removes the functions. It tries again while the gateway is not available.
func Remove(ctx context.Context, gateway Gateway, functions []types.FunctionDeployment, log *slog.Logger) error {
	for _, f := range functions {
		if err := try(ctx, log, func() error { return gateway.Remove(ctx, f.Service, f.Namespace) }); err != nil {
			return err
		}
		log.Info("removed", "function", f.Service, "namespace", f.Namespace)
	}
	return nil
}

// errNotReady means that a function is deployed, and that its first replica is still starting.
var errNotReady = errors.New("no replica is ready")

// ready returns an error until a function has a replica that is ready.
func ready(ctx context.Context, gateway Gateway, name string) error {
	f, err := gateway.Function(ctx, name)
	// A provider answers a deployment before it has the function.
	if errors.Is(err, openfaas.ErrNotFound) || err == nil && f.Available == 0 {
		return fmt.Errorf("%s: %w", name, errNotReady)
	}
	return err
}

// try calls step until it succeeds, ctx ends, or its error is one that another try would not mend.
// Of a series of the same error it logs the first.
func try(ctx context.Context, log *slog.Logger, step func() error) error {
	for last := ""; ; {
		err := step()
		if err == nil || !passing(err) {
			return err
		}
		if err.Error() != last && ctx.Err() == nil {
			last = err.Error()
			log.Warn("waiting", "error", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// passing reports whether an error may pass by.
func passing(err error) bool {
	wrong := errors.Is(err, openfaas.ErrAddress) || errors.Is(err, openfaas.ErrDenied)
	return errors.Is(err, errNotReady) || errors.Is(err, openfaas.ErrUnavailable) && !wrong
}

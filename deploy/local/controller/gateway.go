package controller

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"
)

// Function is what a controller reads of a function.
type Function struct {
	Name     string // name.namespace, as in metrics
	Replicas int    // desired
	Ready    int
	Calls    int // that have ended since the gateway began
	Labels   map[string]string
}

// Gateway lists functions and sets their replicas.
type Gateway interface {
	List(ctx context.Context) ([]Function, error)
	Scale(ctx context.Context, f Function, replicas int) error
}

// API is the Gateway over the REST API of OpenFaaS, for one namespace.
type API struct {
	Client     *sdk.Client
	Namespace  string
	Controller string // name of the controller, for the log
	Log        *slog.Logger
}

// List returns the functions of the namespace.
func (a API) List(ctx context.Context) ([]Function, error) {
	statuses, err := a.Client.GetFunctions(ctx, a.Namespace)
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	functions := make([]Function, 0, len(statuses))
	for _, s := range statuses {
		functions = append(functions, functionOf(s, a.Namespace))
	}
	return functions, nil
}

// functionOf bounds the counts, so that an absurd one does not become negative.
func functionOf(s types.FunctionStatus, namespace string) Function {
	f := Function{
		Name: s.Name + "." + namespace, Replicas: int(min(s.Replicas, maxReplicas)),
		Ready: int(min(s.AvailableReplicas, maxReplicas)), Calls: int(min(max(s.InvocationCount, 0), 1<<50)),
	}
	if s.Labels != nil {
		f.Labels = *s.Labels
	}
	return f
}

// Scale sets the replicas of a function and logs it.
func (a API) Scale(ctx context.Context, f Function, replicas int) error {
	name := f.Name[:len(f.Name)-len("."+a.Namespace)]
	if err := a.Client.ScaleFunction(ctx, name, a.Namespace, uint64(replicas)); err != nil {
		return fmt.Errorf("scale %s to %d: %w", f.Name, replicas, err)
	}
	a.Log.Info("controller scales", "controller", a.Controller, "function", f.Name, "from", f.Replicas, "to", replicas)
	return nil
}

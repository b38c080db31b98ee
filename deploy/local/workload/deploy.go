package workload

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/trace"
)

// actuatorDelay is the scaler's default of actuator_delay.
const actuatorDelay = 45 * time.Second

// StartPlatform starts a platform whose suite runs with the step, the cost ratio
// and the start delay of the options.
func (o Options) StartPlatform(ctx context.Context, log *slog.Logger) (*platform.Platform, error) {
	p, err := platform.Start(ctx, platform.Options{
		StateDir: o.State, GatewayPort: o.GatewayPort, NATSPort: o.NATSPort, StorePort: o.StorePort,
		Edition: o.Edition, Step: o.Step, Logger: log,
		Env: map[string]string{
			// Start times are measured on the clock; until some are, the
			// simulated delay is the best guess.
			"readiness_default": o.Delay.String(), "readiness_poll": "50ms",
			"cost_ratio": fmt.Sprint(o.CostRatio),
			// The time that an HPA takes to act is scaled as the trace is.
			"actuator_delay": time.Duration(float64(actuatorDelay) / o.Speed()).String(),
		},
	})
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // the interrupt, not the operation that it interrupted
	}
	return p, err
}

// Scaling is the part of the scaling of a workload's functions that their deployments
// configure.
type Scaling struct {
	Annotations map[string]string
	Labels      map[string]string // replace those that follow from the other fields
	Env         map[string]string // environment of the functions
	MaxReplicas int               // of each function; 0 for 5
	IdleSteps   int               // steps without a call after which the gateway scales a function to zero; 0 for never
}

// Most returns the most replicas of a function.
func (s Scaling) Most() int { return cmp.Or(s.MaxReplicas, 5) }

// safetySteps is when the gateway scales a function to zero that prewarm has left
// at a higher scale.
const safetySteps = 60

// Prewarm leaves the scaling of the functions to the suite.
func Prewarm() Scaling {
	return Scaling{Annotations: map[string]string{"prewarm.mode": "active"}, IdleSteps: safetySteps}
}

// Deploy deploys one workload function for each function of the trace, waits
// until all are ready, and returns their names in the order of the trace.
// The state directory may hold functions of an earlier run, which are updated or deleted.
func (o Options) Deploy(ctx context.Context, p *platform.Platform, t *trace.Trace, s Scaling) ([]string, error) {
	image, err := p.Image("workload")
	if err != nil {
		return nil, err
	}
	if err := removeOthers(ctx, p.Client(), t); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range t.Functions {
		if err := p.Deploy(ctx, o.Deployment(f.Name, image, s)); err != nil {
			return nil, err
		}
		names = append(names, f.Name)
	}
	return names, p.AwaitReady(ctx, names...)
}

// annotationWorkload marks the functions that Deploy has deployed.
const annotationWorkload = "local.stage"

// removeOthers deletes the workload functions of an earlier run with another
// trace, seed or number of functions. They get no calls, but count towards the
// limit of the community edition.
func removeOthers(ctx context.Context, client *sdk.Client, t *trace.Trace) error {
	deployed, err := client.GetFunctions(ctx, gateway.Namespace)
	if err != nil {
		return err
	}
	for _, f := range deployed {
		wanted := slices.ContainsFunc(t.Functions, func(w trace.Function) bool { return w.Name == f.Name })
		if wanted || f.Annotations == nil || (*f.Annotations)[annotationWorkload] == "" {
			continue
		}
		if err := client.DeleteFunction(ctx, f.Name, gateway.Namespace); err != nil {
			return err
		}
	}
	return nil
}

// Deployment returns the deployment of one workload function.
func (o Options) Deployment(name, image string, s Scaling) types.FunctionDeployment {
	annotations := map[string]string{
		"com.openfaas.health.http.path": "/_/health",
		"local.simulated-start-delay":   o.Delay.String(),
		annotationWorkload:              "true",
	}
	maps.Copy(annotations, s.Annotations)
	// The community edition refuses the labels of scale to zero.
	labels := map[string]string{"com.openfaas.scale.min": "1", "com.openfaas.scale.max": fmt.Sprint(s.Most())}
	if o.Edition == gateway.Standard && s.IdleSteps > 0 {
		labels["com.openfaas.scale.zero"] = "true"
		labels["com.openfaas.scale.zero-duration"] = o.OnClock(s.IdleSteps).String()
	}
	maps.Copy(labels, s.Labels)
	// The replay already scales the work of a call to the clock.
	env := map[string]string{"work_scale": "1", "exec_timeout": "60s"}
	maps.Copy(env, s.Env)
	return types.FunctionDeployment{Service: name, Image: image, Labels: &labels, Annotations: &annotations, EnvVars: env}
}

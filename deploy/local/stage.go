package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/openfaas/faas-provider/types"
	sdk "github.com/openfaas/go-sdk"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/trace"
)

// actuatorDelay is the scaler's default.
const actuatorDelay = 45 * time.Second

// startPlatform starts a platform whose suite runs at the step of o.
func (o options) startPlatform(ctx context.Context, log *slog.Logger) (*platform.Platform, error) {
	p, err := platform.Start(ctx, platform.Options{
		StateDir: o.state, GatewayPort: o.ports.gateway, NATSPort: o.ports.nats, StorePort: o.ports.store,
		Edition: gateway.Edition(o.edition), Step: o.step, Logger: log,
		Env: map[string]string{
			// Starts are measured in the time of the clock; until some were,
			// the simulated delay is the best guess.
			"readiness_default": o.delay.String(), "readiness_poll": "50ms",
			"cost_ratio": fmt.Sprint(o.costRatio),
			// What an HPA takes to act passes as fast as the trace.
			"actuator_delay": time.Duration(float64(actuatorDelay) / o.speed()).String(),
		},
	})
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // not what it interrupted
	}
	return p, err
}

// deploy puts up one workload function for each function of the trace and
// returns their names.
func (o options) deploy(ctx context.Context, p *platform.Platform, t *trace.Trace, a arm) ([]string, error) {
	image, err := p.Image("workload")
	if err != nil {
		return nil, err
	}
	if err := clearStage(ctx, p.Client(), t); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range t.Functions {
		if err := p.Deploy(ctx, o.workload(f.Name, image, a)); err != nil {
			return nil, err
		}
		names = append(names, f.Name)
	}
	return names, p.AwaitReady(ctx, names...)
}

// annotationStage marks the functions that deploy has put up.
const annotationStage = "local.stage"

// clearStage deletes what an earlier run with another trace, seed or number of
// functions has left: nobody calls it any more, and the community edition counts it.
func clearStage(ctx context.Context, client *sdk.Client, t *trace.Trace) error {
	deployed, err := client.GetFunctions(ctx, gateway.Namespace)
	if err != nil {
		return err
	}
	for _, f := range deployed {
		wanted := slices.ContainsFunc(t.Functions, func(w trace.Function) bool { return w.Name == f.Name })
		if wanted || f.Annotations == nil || (*f.Annotations)[annotationStage] == "" {
			continue
		}
		if err := client.DeleteFunction(ctx, f.Name, gateway.Namespace); err != nil {
			return err
		}
	}
	return nil
}

// workload is the deployment of one function, scaled as the arm says.
func (o options) workload(name, image string, a arm) types.FunctionDeployment {
	annotations := map[string]string{
		"com.openfaas.health.http.path": "/_/health",
		"local.simulated-start-delay":   o.delay.String(),
		annotationStage:                 "true",
	}
	maps.Copy(annotations, a.annotations)
	labels := map[string]string{"com.openfaas.scale.min": "1", "com.openfaas.scale.max": fmt.Sprint(a.most())}
	if o.edition == string(gateway.Standard) && a.idleSteps > 0 {
		idle := time.Duration(a.idleSteps) * o.step
		maps.Copy(labels, map[string]string{"com.openfaas.scale.zero": "true", "com.openfaas.scale.zero-duration": idle.String()})
	}
	// The replay already asks for work in the time of the clock.
	env := map[string]string{"work_scale": "1", "exec_timeout": "60s"}
	maps.Copy(env, a.env)
	return types.FunctionDeployment{Service: name, Image: image, Labels: &labels, Annotations: &annotations, EnvVars: env}
}

// minutes says a number of trace minutes and what they take on the clock.
func (o options) minutes(n int) string {
	return strconv.Itoa(n) + " minutes of the trace in " + fmt.Sprint((time.Duration(n) * o.step).Round(time.Second))
}

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

// policyOf says who scales the workload functions of a run.
type policyOf string

const (
	withKeepAlive policyOf = "keep-alive" // the gateway's idler alone
	withPrewarm   policyOf = "prewarm"    // the suite, in mode active
)

// keepAliveSteps is how long the idler of the comparison keeps a function.
const keepAliveSteps = 10

// safetySteps is when the idler releases a function that prewarm does not.
const safetySteps = 60

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
		},
	})
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // not what it interrupted
	}
	return p, err
}

// deploy puts up one workload function for each function of the trace and
// returns their names.
func (o options) deploy(ctx context.Context, p *platform.Platform, t *trace.Trace, who policyOf) ([]string, error) {
	image, err := p.Image("workload")
	if err != nil {
		return nil, err
	}
	if err := clearStage(ctx, p.Client(), t); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range t.Functions {
		if err := p.Deploy(ctx, o.workload(f.Name, image, who)); err != nil {
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

func (o options) workload(name, image string, who policyOf) types.FunctionDeployment {
	annotations := map[string]string{
		"com.openfaas.health.http.path": "/_/health",
		"local.simulated-start-delay":   o.delay.String(),
		"prewarm.mode":                  "off",
		annotationStage:                 "true",
	}
	labels := map[string]string{"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "5"}
	idle := keepAliveSteps * o.step
	if who == withPrewarm {
		annotations["prewarm.mode"] = "active"
		idle = safetySteps * o.step
	}
	if o.edition == string(gateway.Standard) {
		maps.Copy(labels, map[string]string{"com.openfaas.scale.zero": "true", "com.openfaas.scale.zero-duration": idle.String()})
	}
	return types.FunctionDeployment{
		Service: name, Image: image, Labels: &labels, Annotations: &annotations,
		// The replay already asks for work in the time of the clock.
		EnvVars: map[string]string{"work_scale": "1", "exec_timeout": "60s"},
	}
}

// minutes says a number of trace minutes and what they take on the clock.
func (o options) minutes(n int) string {
	return strconv.Itoa(n) + " minutes of the trace in " + fmt.Sprint((time.Duration(n) * o.step).Round(time.Second))
}

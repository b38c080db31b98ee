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
	"prewarm/shared/openfaas"
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
		NoControllers: o.NoControllers, RecordingRules: o.RecordingRules, Progress: o.Progress,
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
	// Labels are beside those of the least and the most replicas, 1 and Most, or replace
	// them. Durations in them are on the clock. The community edition, which refuses those of
	// scale to zero, has none of them.
	Labels      map[string]string
	Annotations map[string]string
	Env         map[string]string // environment of the functions
	MaxReplicas int               // of each function; 0 for 5
}

// Most returns the most replicas of a function.
func (s Scaling) Most() int { return cmp.Or(s.MaxReplicas, 5) }

// Prewarm leaves the scaling of the functions to the suite alone, also to zero and back. With
// equal bounds in the labels, the autoscaler of the standard edition leaves a function alone;
// without the label zero, the idler does.
func Prewarm() Scaling {
	return Scaling{
		Labels:      map[string]string{openfaas.LabelMin: "1", openfaas.LabelMax: "1"},
		Annotations: map[string]string{openfaas.AnnotationMode: string(openfaas.ModeActive), openfaas.AnnotationZero: "true"},
	}
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

// Deployment returns the deployment of one workload function. Its annotations allow prewarm
// as many replicas as s, whatever the labels say.
func (o Options) Deployment(name, image string, s Scaling) types.FunctionDeployment {
	annotations := map[string]string{
		"com.openfaas.health.http.path": "/_/health",
		"local.simulated-start-delay":   o.Delay.String(),
		openfaas.AnnotationMax:          fmt.Sprint(s.Most()),
		annotationWorkload:              "true",
	}
	maps.Copy(annotations, s.Annotations)
	if o.Edition == gateway.Community {
		delete(annotations, openfaas.AnnotationZero) // its gateway sets 1 for 0
	}
	labels := o.labels(s)
	// The replay already scales the work of a call to the clock.
	env := map[string]string{"work_scale": "1", "exec_timeout": "60s"}
	maps.Copy(env, s.Env)
	// With a limit, idle time is shown as memory too.
	limits := &types.FunctionResources{Memory: memoryLimit}
	return types.FunctionDeployment{Service: name, Image: image, Labels: &labels, Annotations: &annotations, EnvVars: env, Limits: limits}
}

// memoryLimit is that of a replica, as in deploy/local/workload.yml.
const memoryLimit = "64Mi"

// labels returns the labels of a workload function.
func (o Options) labels(s Scaling) map[string]string {
	labels := map[string]string{openfaas.LabelMin: "1", openfaas.LabelMax: fmt.Sprint(s.Most())}
	if o.Edition != gateway.Community {
		maps.Copy(labels, s.Labels)
	}
	return labels
}

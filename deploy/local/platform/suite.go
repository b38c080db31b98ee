package platform

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/openfaas/faas-provider/types"
	"github.com/openfaas/go-sdk/stack"

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/local/gateway"
)

// Names of the secrets that stack.yml uses.
const (
	secretKey      = "prewarm-hmac-key"
	secretPassword = "prewarm-gateway-password"
)

// Limits of the streams in bytes: a laptop runs few functions.
const (
	decisionsSize = "134217728"
	transitSize   = "33554432"
)

// deploySuite deploys stack.yml over the API, as faas-cli up does, and waits until
// every function is ready.
func (p *Platform) deploySuite(ctx context.Context) error {
	if err := p.linkImages(); err != nil {
		return err
	}
	// Before the functions: the gateway refuses a deployment that names an unknown secret.
	for name, value := range map[string]string{secretKey: p.key, secretPassword: p.opts.Password} {
		if err := p.setSecret(ctx, name, value); err != nil {
			return err
		}
	}
	suite, err := buildcontext.Load(stackFiles[0])
	if err != nil {
		return err
	}
	var names []string
	for _, f := range suite {
		if err := p.Deploy(ctx, p.local(f)); err != nil {
			return err
		}
		names = append(names, f.Name)
	}
	return p.AwaitReady(ctx, names...)
}

// Redeploy deploys a function of the suite again, as a rolling update does.
func (p *Platform) Redeploy(ctx context.Context, function string) error {
	suite, err := buildcontext.Load(stackFiles[0])
	if err != nil {
		return err
	}
	for _, f := range suite {
		if f.Name == function {
			return p.Deploy(ctx, p.local(f))
		}
	}
	return fmt.Errorf("%s is no function of the suite", function)
}

// linkImages adds every built program to the gateway's directory of images, with the
// environment that its container image would have.
func (p *Platform) linkImages() error {
	dir := gateway.ImageDirectory(p.imageDir())
	for _, image := range p.images {
		if err := dir.Add(image.Spec.Image, gateway.Image{Path: image.Binary, Env: image.Env}); err != nil {
			return err
		}
	}
	return nil
}

// imageDir is the directory with the programs of images.
func (p *Platform) imageDir() string { return filepath.Join(p.opts.StateDir, "images") }

// Image returns the image name of a function that a stack file builds.
func (p *Platform) Image(function string) (string, error) {
	for _, image := range p.images {
		if image.Name == function {
			return image.Spec.Image, nil
		}
	}
	return "", fmt.Errorf("no stack file builds %s", function)
}

// local returns the deployment of a function of stack.yml with the addresses and the
// step of this platform.
func (p *Platform) local(f buildcontext.Function) types.FunctionDeployment {
	annotations := map[string]string{}
	if f.Spec.Annotations != nil {
		maps.Copy(annotations, *f.Spec.Annotations)
	}
	if annotations["schedule"] != "" && p.opts.Step != time.Minute {
		annotations["schedule"] = p.schedule()
	}
	labels := f.Spec.Labels
	if p.opts.Shards > 1 {
		labels = replicated(f)
	}
	return types.FunctionDeployment{
		Service: f.Name, Image: f.Spec.Image, EnvVars: p.environment(f), Secrets: f.Spec.Secrets,
		Labels: labels, Annotations: &annotations, ReadOnlyRootFilesystem: f.Spec.ReadOnlyRootFilesystem,
		Limits: resources(f.Spec.Limits), Requests: resources(f.Spec.Requests),
	}
}

// environment returns the environment of a function. The later of two settings counts: that
// of the stack file, of this platform, of the options, of the number of shards.
func (p *Platform) environment(f buildcontext.Function) map[string]string {
	env := map[string]string{} // a new function has none in its stack file
	maps.Copy(env, f.Spec.Environment)
	maps.Copy(env, map[string]string{
		"nats_url": p.NATSURL(), "gateway_url": p.GatewayURL(), "prometheus_url": p.StoreURL(), "step": p.opts.Step.String(),
		"gateway_metrics_url": p.gatewayMetricsURL(),
		"openfaas_edition":    string(p.opts.Edition), "decisions_max_bytes": decisionsSize, "transit_max_bytes": transitSize,
	})
	maps.Copy(env, p.opts.Env)
	if p.opts.EnvOf != nil {
		maps.Copy(env, p.opts.EnvOf(f.Name))
	}
	if p.opts.Shards > 1 {
		env["shards"] = strconv.Itoa(p.opts.Shards)
	}
	return env
}

// resources returns limits or requests of a stack file as a deployment has them.
func resources(r *stack.FunctionResources) *types.FunctionResources {
	if r == nil {
		return nil
	}
	return &types.FunctionResources{Memory: r.Memory, CPU: r.CPU}
}

// replicated returns the labels of a function, with two replicas for the parts that share out
// shards or serve any of them.
func replicated(f buildcontext.Function) *map[string]string {
	if !slices.Contains([]string{"collector", "predictor", "scaler"}, f.Name) {
		return f.Spec.Labels
	}
	labels := map[string]string{}
	if f.Spec.Labels != nil {
		maps.Copy(labels, *f.Spec.Labels)
	}
	labels["com.openfaas.scale.min"], labels["com.openfaas.scale.max"] = "2", "2"
	return &labels
}

//go:build unix

package gateway

import (
	"cmp"
	"maps"

	"github.com/openfaas/faas-provider/types"
)

const (
	// labelFunction is the label that faas-netes gives to each function, with its name.
	labelFunction = "faas_function"

	// variableProcess is the variable by which the watchdog knows the program to run.
	variableProcess = "fprocess"
)

// status is the function in the answer of describe. It has what faas-netes reads from a
// Deployment of Kubernetes: environment variables, constraints and the read-only root file
// system are left out, although the deployment had them. A client that deploys a function
// again from its status loses them.
//
// Source: AsFunctionStatus in pkg/k8s/function_status.go of openfaas/faas-netes.
func (f *function) status() types.FunctionStatus {
	d, _ := f.state()
	stats := f.pool.Stats()
	return types.FunctionStatus{
		Name:              d.Service,
		Image:             d.Image,
		Namespace:         Namespace,
		EnvProcess:        process(d),
		Secrets:           d.Secrets,
		Labels:            with(d.Labels, labelFunction, d.Service),
		Annotations:       with(d.Annotations, annotationScrape, "false"),
		Limits:            quantities(d.Limits),
		Requests:          quantities(d.Requests),
		Replicas:          uint64(stats.Desired),
		AvailableReplicas: uint64(stats.Ready),
		CreatedAt:         f.created,
	}
}

// listed is the function in the answer of list, to which the gateway of OpenFaaS adds the
// number of calls.
//
// Source: AddMetricsHandler in gateway/metrics of openfaas/faas.
func (f *function) listed() types.FunctionStatus {
	status := f.status()
	status.InvocationCount = float64(f.invocations.Load())
	return status
}

// process returns the program that the watchdog is told to run, "" for that of the image.
// The variable takes precedence over the field of the deployment.
//
// Source: buildEnvVars in pkg/handlers/deploy.go of openfaas/faas-netes.
func process(d types.FunctionDeployment) string {
	return cmp.Or(d.EnvVars[variableProcess], d.EnvProcess)
}

// with returns a copy of a map that has the key, with the value if the map had none.
// It is never nil: faas-cli describe crashes if an answer has no labels or annotations.
func with(m *map[string]string, key, value string) *map[string]string {
	all := map[string]string{key: value}
	maps.Copy(all, deref(m))
	return &all
}

// quantities returns limits or requests, nil if there are none. Kubernetes says "0" for what
// is not set beside what is.
func quantities(r *types.FunctionResources) *types.FunctionResources {
	if r == nil || *r == (types.FunctionResources{}) {
		return nil
	}
	return &types.FunctionResources{CPU: cmp.Or(r.CPU, "0"), Memory: cmp.Or(r.Memory, "0")}
}

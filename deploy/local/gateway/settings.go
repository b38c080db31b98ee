package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/controller"
	"prewarm/shared/openfaas"
)

// Labels and annotations of OpenFaaS that the gateway honours.
const (
	labelMin          = openfaas.LabelMin
	labelMax          = openfaas.LabelMax
	labelFactor       = openfaas.LabelFactor
	labelZero         = openfaas.LabelZero
	labelZeroDuration = openfaas.LabelZeroDuration
	labelTarget       = openfaas.LabelTarget
	labelType         = openfaas.LabelType

	annotationHealthPath   = "com.openfaas.health.http.path"
	annotationHealthDelay  = "com.openfaas.health.http.initialDelay"
	annotationHealthPeriod = "com.openfaas.health.http.periodSeconds"
	annotationTopic        = "topic"

	// annotationStartDelay is not an annotation of OpenFaaS. It makes every start of
	// a replica take at least this long, to imitate the starts of a cluster.
	annotationStartDelay = "local.simulated-start-delay"
)

// Defaults of OpenFaaS for labels and variables that are not set.
const (
	defaultMin     = 1
	defaultMax     = 20
	defaultFactor  = 20               // per cent of max
	defaultTimeout = 30 * time.Second // of of-watchdog
)

// settings are the values of a deployment's labels, annotations and environment that
// the gateway uses.
type settings struct {
	min, max int // replicas, the bounds of alerts
	factor   int // per cent of max by which a firing alert scales up

	scaling controller.Scaling // of controllers, for metrics

	resources resources // limits

	healthPath string        // "" for the default of package replica
	liveDelay  time.Duration // from the start of a replica to the first probe of its health
	livePeriod time.Duration // between two of them, 0 for none
	startDelay time.Duration // simulated, at least this long

	maxInflight int           // requests per replica, 0: no bound
	timeout     time.Duration // of one call
	grace       time.Duration // for the requests of a replica that is removed, 0: default
}

// newSettings reads and validates the settings. It returns the first error. env is what the
// watchdog reads, the environment of the container.
// All values are checked at the deployment, so that no later step meets an invalid one.
func newSettings(d types.FunctionDeployment, env map[string]string, edition Edition) (settings, error) {
	p := parser{}
	labels, annotations := deref(d.Labels), deref(d.Annotations)
	most := edition.maxLabel()
	// The default maximum of OpenFaaS, 20, is above the bound of the community edition.
	s := settings{
		min:         p.number("label", labels, labelMin, defaultMin, 0, most),
		max:         p.number("label", labels, labelMax, min(defaultMax, most), 1, most),
		factor:      p.number("label", labels, labelFactor, defaultFactor, 0, 100),
		resources:   p.resources(d),
		healthPath:  annotations[annotationHealthPath],
		liveDelay:   p.duration("annotation", annotations, annotationHealthDelay, 0),
		livePeriod:  p.duration("annotation", annotations, annotationHealthPeriod, 0),
		startDelay:  p.duration("annotation", annotations, annotationStartDelay, 0),
		maxInflight: p.number("environment variable", env, "max_inflight", 0, 0, 1<<20),
		timeout:     p.timeout(env),
		grace:       p.duration("environment variable", env, "write_timeout", 0),
	}
	// A minimum above the default maximum raises it; only a maximum that is set
	// can contradict the minimum.
	if _, set := labels[labelMax]; !set {
		s.max = max(s.max, s.min)
	}
	p.check(s)
	s.scaling = p.scaling(labels, s)
	return s, p.err
}

// nameExp matches the name of a function, a DNS label.
// A name is also a directory in the state directory, so that it must hold no separator.
var nameExp = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// validateDeployment checks the rules that hold in every edition.
func validateDeployment(d types.FunctionDeployment) error {
	if !nameExp.MatchString(d.Service) {
		return fmt.Errorf("service must be a DNS label of at most 63 lower-case letters, digits and dashes, was: %q", d.Service)
	}
	if d.Image == "" {
		return fmt.Errorf("image must be set for function %s", d.Service)
	}
	if err := validateEnvironment("envVars", d.EnvVars); err != nil {
		return err
	}
	if queue, set := deref(d.Annotations)[annotationQueue]; set && !queueExp.MatchString(queue) {
		return fmt.Errorf("annotation %s must be at most 63 letters, digits, dashes and underscores, was: %q", annotationQueue, queue)
	}
	for _, secret := range d.Secrets {
		if err := validateSecretName(secret); err != nil {
			return err
		}
	}
	return validateNamespace(d.Namespace)
}

// validateEnvironment checks variables. where is what the error calls them.
// The operating system takes an environment as strings NAME=VALUE that end with a zero
// byte: neither character can be passed on.
func validateEnvironment(where string, env map[string]string) error {
	for name, value := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return fmt.Errorf("%s: %q is not a name of an environment variable", where, name)
		}
		if strings.Contains(value, "\x00") {
			return fmt.Errorf("%s: %s holds a zero byte", where, name)
		}
	}
	return nil
}

// validateNamespace accepts the only namespace, and none.
func validateNamespace(namespace string) error {
	if namespace != "" && namespace != Namespace {
		return badRequest("namespace must be %s, was: %q", Namespace, namespace)
	}
	return nil
}

// deref returns nil for a nil pointer.
func deref(m *map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	return *m
}

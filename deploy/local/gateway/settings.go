package gateway

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/types"
)

// Labels and annotations of OpenFaaS that the gateway honours.
const (
	labelMin          = "com.openfaas.scale.min"
	labelMax          = "com.openfaas.scale.max"
	labelFactor       = "com.openfaas.scale.factor"
	labelZero         = "com.openfaas.scale.zero"
	labelZeroDuration = "com.openfaas.scale.zero-duration"
	labelTarget       = "com.openfaas.scale.target"
	labelType         = "com.openfaas.scale.type"

	annotationHealthPath = "com.openfaas.health.http.path"
	annotationTopic      = "topic"

	// annotationStartDelay is not an annotation of OpenFaaS. It makes every start of
	// a replica take at least this long, to imitate the starts of a cluster.
	annotationStartDelay = "local.simulated-start-delay"
)

// Defaults of OpenFaaS for labels and variables that are not set.
const (
	defaultMin     = 1
	defaultMax     = 20
	defaultFactor  = 20 // per cent of max
	defaultTimeout = 60 * time.Second
)

// settings are the values of a deployment's labels, annotations and environment that
// the gateway uses.
type settings struct {
	min, max int // replicas, the bounds of alerts
	factor   int // per cent of max by which a firing alert scales up

	healthPath string        // "" for the default of package replica
	startDelay time.Duration // simulated, at least this long

	maxInflight int           // requests per replica, 0: no bound
	timeout     time.Duration // of one call
	grace       time.Duration // for the requests of a replica that is removed, 0: default
}

// newSettings reads and validates the settings. It returns the first error.
// All values are checked at the deployment, so that no later step meets an invalid one.
func newSettings(d types.FunctionDeployment, edition Edition) (settings, error) {
	p := parser{}
	labels, annotations := deref(d.Labels), deref(d.Annotations)
	most := edition.maxLabel()
	// The default maximum of OpenFaaS, 20, is above the bound of the community edition.
	s := settings{
		min:         p.number("label", labels, labelMin, defaultMin, 0, most),
		max:         p.number("label", labels, labelMax, min(defaultMax, most), 1, most),
		factor:      p.number("label", labels, labelFactor, defaultFactor, 0, 100),
		healthPath:  annotations[annotationHealthPath],
		startDelay:  p.duration("annotation", annotations, annotationStartDelay, 0),
		maxInflight: p.number("environment variable", d.EnvVars, "max_inflight", 0, 0, 1<<20),
		timeout:     p.timeout(d.EnvVars),
		grace:       p.duration("environment variable", d.EnvVars, "write_timeout", 0),
	}
	// A minimum above the default maximum raises it; only a maximum that is set
	// can contradict the minimum.
	if _, set := labels[labelMax]; !set {
		s.max = max(s.max, s.min)
	}
	p.check(s)
	p.checkZero(labels, s)
	return s, p.err
}

// parser keeps the first error.
// A value that cannot be read counts as its fallback for the rest of the parse, so that
// the caller checks for an error once, at the end.
type parser struct{ err error }

// fail records an error unless there is one already.
func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// within returns the count that an updated function has if it had n replicas.
// faas-netes sets it to the minimum; a larger count that the labels allow is kept here, so
// that an update in place does not slow down the calls.
func (s settings) within(n int) uint64 { return uint64(max(s.min, min(n, s.max))) }

// check checks conditions between values.
func (p *parser) check(s settings) {
	if s.min > s.max {
		p.fail("label %s must be at most %s (%d), was: %d", labelMin, labelMax, s.max, s.min)
	}
	if s.healthPath != "" && !strings.HasPrefix(s.healthPath, "/") {
		p.fail("annotation %s must begin with /, was: %q", annotationHealthPath, s.healthPath)
	}
}

// checkZero checks the labels of scale to zero. The gateway does not act on them, but a
// mistake is reported to the one who deploys, not to the log of the idler.
// OpenFaaS scales to zero only if the label for it is set, so that a minimum of 0 alone is a
// mistake.
func (p *parser) checkZero(labels map[string]string, s settings) {
	zero := p.flag("label", labels, labelZero)
	if s.min == 0 && !zero {
		p.fail("label %s must be at least 1 without %s=true, was: 0", labelMin, labelZero)
	}
	if p.duration("label", labels, labelZeroDuration, time.Minute) == 0 {
		p.fail("label %s must be positive, was: 0", labelZeroDuration)
	}
}

// number reads an integer in [low, high]. kind is what the error calls key: a label, an
// annotation or an environment variable.
func (p *parser) number(kind string, from map[string]string, key string, fallback, low, high int) int {
	text, set := from[key]
	if !set {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		p.fail("%s %s must be an integer from %d to %d, was: %q", kind, key, low, high, text)
		return fallback
	}
	return n
}

// flag reads a boolean, false if it is not set.
func (p *parser) flag(kind string, from map[string]string, key string) bool {
	text, set := from[key]
	if !set {
		return false
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		p.fail("%s %s must be true or false, was: %q", kind, key, text)
	}
	return b
}

// duration reads a duration such as "90s" or, as the watchdog does, plain seconds.
func (p *parser) duration(kind string, from map[string]string, key string, fallback time.Duration) time.Duration {
	text, set := from[key]
	if !set {
		return fallback
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		d, err = time.ParseDuration(text + "s")
	}
	if err != nil || d < 0 {
		p.fail("%s %s must be a duration such as 90s, was: %q", kind, key, text)
		return fallback
	}
	return d
}

// timeout returns the first of the watchdog's timeouts that is set and not zero.
// exec_timeout bounds the work of a call itself, the other two its connection.
func (p *parser) timeout(env map[string]string) time.Duration {
	for _, name := range []string{"exec_timeout", "write_timeout", "read_timeout"} {
		if d := p.duration("environment variable", env, name, 0); d > 0 {
			return d
		}
	}
	return defaultTimeout
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
	// The operating system takes an environment as strings NAME=VALUE that end with a zero
	// byte: neither character can be passed on.
	for name := range d.EnvVars {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return fmt.Errorf("envVars: %q is not a name of an environment variable", name)
		}
		if strings.Contains(d.EnvVars[name], "\x00") {
			return fmt.Errorf("envVars: %s holds a zero byte", name)
		}
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

package controller

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"prewarm/shared/autoscaler"
	"prewarm/shared/config"
	"prewarm/shared/openfaas"
)

// Types of load that the autoscaler knows without a recording rule.
const (
	TypeRPS      = "rps"      // calls that end, per second
	TypeCapacity = "capacity" // calls in flight
	TypeCPU      = "cpu"      // thousandths of a core
)

// Default and bound of the labels of durations, as documented. Those of the autoscaler's
// rule are in shared/autoscaler.
const (
	defaultZeroDuration = 15 * time.Minute
	maxDownWindow       = 5 * time.Minute
)

// Bounds of the labels. OpenFaaS documents only that of the window; the others catch
// values that cannot be meant.
const (
	maxReplicas  = 10000
	maxDuration  = 365 * 24 * time.Hour
	minTarget    = 1e-6
	maxTarget    = 1e12
	minFraction  = 0.01
	maxFraction  = 10
	leastInLabel = time.Millisecond
)

// Scaling is how the controllers scale a function, by its labels.
//
// Source: https://docs.openfaas.com/architecture/autoscaling/
type Scaling struct {
	autoscaler.Rule               // of the autoscaler
	Zero            bool          // the function may go to zero
	ZeroDuration    time.Duration // without a call, after which it does, 15 min by default
	Type            string        // of load: rps by default, or the name of a custom rule
}

// typeExp matches the value of the label type: it becomes part of a query.
var typeExp = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)

// ReadScaling reads the labels of a function. The error names each label that cannot be
// read; the function is then to be left alone.
//
// Durations in labels are on the clock, as those in the environment of a function. They are
// multiplied by speed, so that the result is in the time of the trace, as the defaults are.
func ReadScaling(labels map[string]string, speed float64) (Scaling, error) {
	r := config.NewReader(func(key string) string { return labels[key] })
	duration := func(key string, def, low, high time.Duration) time.Duration {
		onClock := func(d time.Duration) time.Duration { return time.Duration(float64(d) / speed) }
		if labels[key] == "" {
			return def
		}
		return time.Duration(float64(r.Duration(key, 0, low, onClock(high))) * speed)
	}
	def := autoscaler.DefaultRule()
	s := Scaling{
		Rule: autoscaler.Rule{
			Min:        r.Int(openfaas.LabelMin, def.Min, 0, maxReplicas),
			Target:     r.Float(openfaas.LabelTarget, def.Target, minTarget, maxTarget),
			Proportion: r.Float(openfaas.LabelTargetProportion, def.Proportion, minFraction, maxFraction),
			DownWindow: duration(openfaas.LabelDownWindow, def.DownWindow, 0, maxDownWindow),
		},
		Zero:         r.Bool(openfaas.LabelZero, false),
		ZeroDuration: duration(openfaas.LabelZeroDuration, defaultZeroDuration, leastInLabel, maxDuration),
		Type:         r.String(openfaas.LabelType, TypeRPS),
	}
	// The minimum of 0 is another way to write 1: only the label zero lets a function go there.
	s.Min = max(1, s.Min)
	s.Max = r.Int(openfaas.LabelMax, max(def.Max, s.Min), s.Min, maxReplicas)
	err := r.Err()
	if !typeExp.MatchString(s.Type) {
		err = errors.Join(err, fmt.Errorf("%s must be rps, capacity, cpu or the name of a rule, was: %.80q", openfaas.LabelType, s.Type))
	}
	return s, err
}

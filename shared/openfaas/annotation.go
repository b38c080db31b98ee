package openfaas

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"prewarm/shared/config"
	"prewarm/shared/event"
)

// Annotations of a function that the suite reads. An absent or blank one has its
// default.
const (
	AnnotationMode         = "prewarm.mode"
	AnnotationActuator     = "prewarm.actuator"
	AnnotationCostRatio    = "prewarm.cost-ratio"
	AnnotationConcurrency  = "prewarm.concurrency"
	AnnotationReplicaModel = "prewarm.capacity"
)

// Labels of OpenFaaS that bound the replicas of a function.
const (
	LabelMin  = "com.openfaas.scale.min"
	LabelMax  = "com.openfaas.scale.max"
	LabelZero = "com.openfaas.scale.zero"
)

// Defaults and bounds of the numbers in labels and annotations.
const (
	defaultMin   = 1  // of LabelMin, documented by OpenFaaS
	defaultMax   = 20 // of LabelMax, documented by OpenFaaS
	maxReplicas  = 10000
	minCostRatio = 1e-4 // 0 would keep every replica for ever, 1 none
	maxCostRatio = 0.9999
)

// Mode is what the suite does with a function.
type Mode string

// Modes of a function.
const (
	ModeOff     Mode = "off"     // no window, no forecast, no decision
	ModeObserve Mode = "observe" // forecast and decide, never act
	ModeActive  Mode = "active"  // act on decisions
)

// Actuator names the controller that sets the replicas of an active function.
type Actuator string

// Actuators of a function.
const (
	ActuatorGateway Actuator = "gateway" // the scaler, through the gateway
	ActuatorHPA     Actuator = "hpa"     // a HorizontalPodAutoscaler that reads prewarm_wanted_replicas
	ActuatorKEDA    Actuator = "keda"    // KEDA, through its external scaler in deploy/keda
)

// Mode returns the mode of the function, def if it has no annotation. Off is accepted
// in any letter case, since not scaling a function does the least harm; the others must be
// written exactly. Any other value is an error and means ModeObserve: acting on a guess
// could scale a function that its owner meant to leave alone.
func (f Function) Mode(def Mode) (Mode, error) {
	text := strings.TrimSpace(f.Annotations[AnnotationMode])
	switch mode := Mode(text); {
	case text == "":
		return def, nil
	case strings.EqualFold(text, string(ModeOff)):
		return ModeOff, nil
	case mode == ModeObserve, mode == ModeActive:
		return mode, nil
	}
	return ModeObserve, fmt.Errorf("%s must be one of %s, %s, %s, was: %.40q", AnnotationMode, ModeOff, ModeObserve, ModeActive, text)
}

// Concurrency returns the calls that one replica serves at a time, def by default
// and with every error.
func (f Function) Concurrency(def float64) (float64, error) {
	r := f.annotations()
	return r.Float(AnnotationConcurrency, def, event.MinConcurrency, event.MaxConcurrency), r.Err()
}

// ReplicaModel returns the name of the replica model that the function asks for,
// empty by default and with every error.
func (f Function) ReplicaModel() (string, error) {
	name := strings.TrimSpace(f.Annotations[AnnotationReplicaModel])
	if len(name) > event.MaxModelName {
		return "", fmt.Errorf("%s must have at most %d characters, had: %d", AnnotationReplicaModel, event.MaxModelName, len(name))
	}
	return name, nil
}

func (f Function) annotations() *config.Reader {
	return config.NewReader(func(key string) string { return f.Annotations[key] })
}

// Bounds are the least and the most replicas of a function, by its labels.
type Bounds struct {
	Min       int // 0 if the function may scale to zero, else MinActive
	MinActive int // the least while there are any, at least 1
	Max       int // at least MinActive
}

// Bounds returns the bounds of the function, with the defaults of OpenFaaS for
// labels that are absent or in error. A LabelMin of 0 counts as 1, as in
// OpenFaaS: only LabelZero lets a function scale to zero.
func (f Function) Bounds() (Bounds, error) {
	r := config.NewReader(func(key string) string { return f.Labels[key] })
	b := Bounds{MinActive: max(defaultMin, r.Int(LabelMin, defaultMin, 0, maxReplicas))}
	b.Max = r.Int(LabelMax, max(defaultMax, b.MinActive), b.MinActive, maxReplicas)
	b.Min = b.MinActive
	if zero, err := strconv.ParseBool(f.Labels[LabelZero]); err == nil && zero {
		b.Min = 0
	}
	return b, r.Err()
}

// Scaling is how a function is scaled, according to its labels and annotations.
type Scaling struct {
	Mode        Mode
	Actuator    Actuator
	CostRatio   float64 // cost of an idle replica-step / cost of a cold start
	Concurrency float64 // calls that one replica serves at a time
	Bounds
}

// Scaling returns the scaling of the function. A missing mode, cost ratio or concurrency
// comes from def; a missing actuator is ActuatorGateway, missing bounds are those of
// OpenFaaS. The error names every label and annotation that cannot be read. With an
// error the mode is ModeObserve, or ModeOff if the function is off.
func (f Function) Scaling(def Scaling) (Scaling, error) {
	bounds, boundsErr := f.Bounds()
	mode, modeErr := f.Mode(def.Mode)
	concurrency, concurrencyErr := f.Concurrency(def.Concurrency)
	r := f.annotations()
	s := Scaling{
		Mode:      mode,
		Actuator:  Actuator(r.OneOf(AnnotationActuator, string(ActuatorGateway), string(ActuatorHPA), string(ActuatorKEDA))),
		CostRatio: r.Float(AnnotationCostRatio, def.CostRatio, minCostRatio, maxCostRatio), Concurrency: concurrency, Bounds: bounds,
	}
	err := errors.Join(boundsErr, modeErr, concurrencyErr, r.Err())
	if err != nil && mode != ModeOff {
		s.Mode = ModeObserve
	}
	return s, err
}

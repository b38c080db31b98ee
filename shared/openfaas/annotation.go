package openfaas

import (
	"errors"
	"fmt"
	"strings"
	"time"

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
	AnnotationSchedule     = "prewarm.schedule" // read by package schedule
)

// Bounds of the cost ratio in the annotation.
const (
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

// Actuator names what sets the replicas of an active function.
type Actuator string

// Actuators of a function.
const (
	ActuatorGateway Actuator = "gateway" // the scaler, through the gateway
	ActuatorHPA     Actuator = "hpa"     // a HorizontalPodAutoscaler that reads prewarm_wanted_replicas
	ActuatorKEDA    Actuator = "keda"    // KEDA, through its external scaler in deploy/keda
	// ActuatorOpenFaaS is OpenFaaS' own autoscaler: it follows prewarm_wanted_replicas by a
	// recording rule of the type TypePrewarm.
	ActuatorOpenFaaS Actuator = "openfaas"
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

// Scaling is how a function is scaled, according to its labels and annotations.
type Scaling struct {
	Mode        Mode
	Actuator    Actuator
	CostRatio   float64 // cost of an idle replica-step / cost of a cold start; config.Auto by what these cost
	Concurrency float64 // calls that one replica serves at a time
	Bounds              // to which prewarm keeps
	Labels      Bounds  // to which OpenFaaS' own controllers keep
	Edition     Edition
	// Idle is the time without a call after which the idler scales to zero, 0 if LabelZero
	// is off.
	Idle time.Duration
}

// Scaling returns the scaling of the function. A missing mode, cost ratio or concurrency
// comes from def, and so does the edition. A missing actuator is ActuatorGateway, missing
// bounds are those of OpenFaaS. The error names every label and annotation that cannot be
// read. With an error the mode is ModeObserve, or ModeOff if the function is off.
func (f Function) Scaling(def Scaling) (Scaling, error) {
	bounds, boundsErr := f.Bounds()
	labels, _ := f.LabelBounds() // its error is in boundsErr
	idle, idleErr := f.Idle(def.Edition)
	mode, modeErr := f.Mode(def.Mode)
	carries, carriesErr := f.Carries(def.Concurrency)
	r := f.annotations()
	s := Scaling{
		Mode:      mode,
		Actuator:  Actuator(r.OneOf(AnnotationActuator, string(ActuatorGateway), string(ActuatorHPA), string(ActuatorKEDA), string(ActuatorOpenFaaS))),
		CostRatio: r.FloatOrAuto(AnnotationCostRatio, def.CostRatio, minCostRatio, maxCostRatio), Concurrency: carries.Concurrency, Bounds: bounds,
		Labels: labels, Edition: def.Edition, Idle: idle,
	}
	err := errors.Join(boundsErr, idleErr, modeErr, carriesErr, r.Err())
	if err != nil && mode != ModeOff {
		s.Mode = ModeObserve
	}
	return s, err
}

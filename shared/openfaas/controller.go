package openfaas

import (
	"strings"
	"time"
)

// Controllers that may set the replicas of a function beside prewarm: the names in
// event.Decision.Others and event.SetBack.By.
const (
	Idler             = "idler"        // scale to zero of OpenFaaS Standard, faas-idler of OpenFaaS Edge
	Autoscaler        = "autoscaler"   // horizontal scaling of OpenFaaS Standard
	AlertManager      = "alertmanager" // horizontal scaling of the community edition
	HPA               = "hpa"          // the HorizontalPodAutoscaler of ActuatorHPA
	KEDA              = "keda"         // KEDA of ActuatorKEDA
	ControllerUnknown = "unknown"      // of SetBack.By only: a person, or a controller that is not known
)

// Labels of OpenFaaS that configure its controllers.
//
// Source: docs.openfaas.com, pages "Auto-scaling your functions" and "Scale to Zero".
const (
	LabelZeroDuration     = "com.openfaas.scale.zero-duration"     // time without a call until the idler acts, 15m
	LabelType             = "com.openfaas.scale.type"              // rps, capacity, cpu, queue, or a custom rule
	LabelTarget           = "com.openfaas.scale.target"            // load of one replica, 50
	LabelTargetProportion = "com.openfaas.scale.target-proportion" // part of the target that is aimed at, 0.90
	LabelFactor           = "com.openfaas.scale.factor"            // percent of LabelMax per alert, 20; community edition
	LabelDownWindow       = "com.openfaas.scale.down.window"       // time over which the highest recommendation counts, up to 5m
)

// TypePrewarm is the value of LabelType, and of the label scaling_type of the recording
// rule, with which OpenFaaS' autoscaler follows prewarm_wanted_replicas.
const TypePrewarm = "prewarm"

// Default and bounds of LabelZeroDuration. OpenFaaS documents the default and no bounds.
const (
	defaultIdle = 15 * time.Minute
	minIdle     = time.Second
	maxIdle     = 7 * 24 * time.Hour
)

// idleEdge is the default of inactivity_duration, the one idle time of all functions.
//
// Source: docs.openfaas.com, page "Scale to Zero for OpenFaaS Edge".
const idleEdge = 10 * time.Minute

// Idle returns the time without a call after which the idler of edition e scales the
// function to zero: LabelZeroDuration, and on Edge ten minutes for all functions. It is 0
// if LabelZero is off: the idler leaves the function alone.
func (f Function) Idle(e Edition) (time.Duration, error) {
	if b, _ := f.LabelBounds(); b.Min > 0 {
		return 0, nil
	}
	r := f.labels()
	idle := r.Duration(LabelZeroDuration, defaultIdle, minIdle, maxIdle)
	if e == Edge {
		idle = idleEdge
	}
	return idle, r.Err()
}

// Others returns the controllers beside prewarm that may set the replicas of a function
// with actuator a. An actuator that is a controller of its own is among them: it decides
// when it follows prewarm.
//
//   - Idler: Standard and Edge, if LabelZero is on.
//   - Autoscaler: Standard, unless least and most replicas are equal in the labels, which
//     switches it off, or it follows prewarm: with ActuatorOpenFaaS and the LabelType
//     TypePrewarm. With the label alone it scales by the calls in flight.
//   - AlertManager: Community. LabelFactor 0 does not switch it off: the gateway then sets the
//     least replicas with every alert (openfaas/faas, gateway/handlers/alerthandler.go).
func (f Function) Others(e Edition, a Actuator) []string {
	var others []string
	add := func(name string, is bool) {
		if is {
			others = append(others, name)
		}
	}
	labels, _ := f.LabelBounds()
	follows := a == ActuatorOpenFaaS && strings.TrimSpace(f.Labels[LabelType]) == TypePrewarm
	add(Idler, (e == Standard || e == Edge) && labels.Min == 0)
	add(Autoscaler, e == Standard && labels.MinActive != labels.Max && !follows)
	add(AlertManager, e == Community)
	add(HPA, a == ActuatorHPA)
	add(KEDA, a == ActuatorKEDA)
	return others
}

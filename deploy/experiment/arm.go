package main

import (
	"maps"

	"prewarm/deploy/experiment/hpaloop"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/workload"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// arm is one way to scale the workload functions of an experiment.
type arm struct {
	name string
	workload.Scaling

	// hpa makes the HPA of a function with these bounds; nil for no HPA.
	hpa func(minimum, maximum int) *hpa.Controller

	// external adds the metric prewarm_wanted_replicas to the HPA's CPU metric.
	external bool
}

// keepAliveSteps is after how many steps without a call the idler scales a function to
// zero, where it has a duration for each function.
const keepAliveSteps = 10

// idler returns the scaling of OpenFaaS alone: the idler scales to zero, and the autoscaler
// has the bounds of the labels.
func idler(o workload.Options) workload.Scaling {
	return workload.Scaling{
		Annotations: map[string]string{openfaas.AnnotationMode: string(openfaas.ModeOff)},
		Labels:      map[string]string{openfaas.LabelZero: "true", openfaas.LabelZeroDuration: o.OnClock(keepAliveSteps).String()},
	}
}

// besideIdler returns the scaling of prewarm with the label that lets the idler scale to
// zero as well.
func besideIdler(o workload.Options) workload.Scaling {
	s := workload.Prewarm()
	delete(s.Annotations, openfaas.AnnotationZero)
	maps.Copy(s.Labels, idler(o).Labels)
	return s
}

// demoArms returns the arms of demo. The controllers of the edition are on in all of them;
// the first one is OpenFaaS without prewarm.
func demoArms(o workload.Options) []arm {
	switch o.Edition {
	case gateway.Community:
		// One call at a time in each replica: otherwise one replica would be enough. There is
		// no scale to zero, and Deployment leaves out its labels.
		arms := []arm{{name: "alertmanager", Scaling: idler(o)}, {name: "prewarm", Scaling: workload.Prewarm()}}
		for i := range arms {
			arms[i].Env = oneAtATime()
		}
		return arms
	case gateway.Edge:
		return []arm{{name: "idler", Scaling: idler(o)}, {name: "prewarm", Scaling: workload.Prewarm()}}
	}
	return []arm{
		{name: "idler", Scaling: idler(o)}, {name: "prewarm", Scaling: workload.Prewarm()}, {name: "beside-idler", Scaling: besideIdler(o)},
	}
}

// A replica of the comparison serves one call at a time. A call keeps a core
// busy for a twentieth of its time and waits for the rest, so that two cores
// carry the load. A replica requests that share of a core. Receiving calls costs
// extra CPU time, so that a replica under full load uses somewhat more.
const (
	cpuShare   = "0.05"
	cpuRequest = 0.05 // cores
)

// oneAtATime is the environment of functions that serve one call at a time.
func oneAtATime() map[string]string {
	return map[string]string{"max_inflight": "1", "work_kind": "mixed", "work_cpu_share": cpuShare}
}

// compareArms are the arms of compare: an HPA on CPU with the defaults of
// Kubernetes, prewarm alone, and an HPA that takes the larger of CPU and what
// prewarm wants. Work, capacity and bounds are the same in all.
func compareArms(edition gateway.Edition) []arm {
	most := 10
	if edition == gateway.Community {
		most = 5
	}
	arms := []arm{
		{name: "reactive", hpa: hpaloop.Kubernetes},
		{name: "predictive", Scaling: workload.Prewarm()},
		{name: "hybrid", hpa: hpaloop.Example, external: true},
	}
	arms[0].Annotations = map[string]string{"prewarm.mode": "off"}
	arms[2].Annotations = map[string]string{"prewarm.mode": "active", "prewarm.actuator": "hpa"}
	for i := range arms {
		arms[i].Env, arms[i].MaxReplicas = oneAtATime(), most
	}
	return arms
}

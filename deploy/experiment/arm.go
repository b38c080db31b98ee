package main

import (
	"fmt"
	"maps"

	"prewarm/deploy/experiment/autoscaler"
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

// mostReplicas is the most replicas of a function in the arms of demo.
const mostReplicas = 5

// idlerLabels let the idler scale a function to zero after keepAliveSteps.
func idlerLabels(o workload.Options) map[string]string {
	return map[string]string{openfaas.LabelZero: "true", openfaas.LabelZeroDuration: o.OnClock(keepAliveSteps).String()}
}

// fixed adds labels with which the autoscaler leaves a function alone: least and most
// replicas are one.
func fixed(labels map[string]string) map[string]string {
	labels[openfaas.LabelMin], labels[openfaas.LabelMax] = "1", "1"
	return labels
}

// active returns the annotations of a function that prewarm scales, up to mostReplicas.
func active(more map[string]string) map[string]string {
	annotations := map[string]string{openfaas.AnnotationMode: "active", openfaas.AnnotationMax: fmt.Sprint(mostReplicas)}
	maps.Copy(annotations, more)
	return annotations
}

// off are the annotations of a function that OpenFaaS alone scales.
func off() map[string]string { return map[string]string{openfaas.AnnotationMode: "off"} }

// demoArms returns the arms of demo. The controllers of the edition are on in all of them;
// the first one is OpenFaaS without prewarm.
func demoArms(o workload.Options) []arm {
	zero := map[string]string{openfaas.AnnotationZero: "true"}
	switch o.Edition {
	case gateway.Community:
		// One call at a time in each replica: otherwise one replica would be enough.
		env := map[string]string{"max_inflight": "1", "work_kind": "mixed", "work_cpu_share": cpuShare}
		return []arm{
			{name: "alertmanager", Scaling: workload.Scaling{Annotations: off(), Env: env}},
			{name: "prewarm", Scaling: workload.Scaling{Annotations: active(nil), Env: env}},
		}
	case gateway.Edge:
		return []arm{
			{name: "idler", Scaling: workload.Scaling{Annotations: off(), Labels: idlerLabels(o)}},
			{name: "prewarm", Scaling: workload.Scaling{Annotations: active(zero), Labels: fixed(map[string]string{})}},
		}
	}
	return []arm{
		{name: "idler", Scaling: workload.Scaling{Annotations: off(), Labels: idlerLabels(o)}},
		{name: "prewarm", Scaling: workload.Scaling{Annotations: active(zero), Labels: fixed(map[string]string{})}},
		{name: "beside-idler", Scaling: workload.Scaling{Annotations: active(nil), Labels: fixed(idlerLabels(o))}},
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

// compareArms are the arms of compare: an HPA on CPU with the defaults of
// Kubernetes, prewarm alone, and an HPA that takes the larger of CPU and what
// prewarm wants. Work, capacity and bounds are the same in all.
func compareArms(edition gateway.Edition) []arm {
	most := 10
	if edition == gateway.Community {
		most = 5
	}
	arms := []arm{
		{name: "reactive", hpa: autoscaler.Kubernetes},
		{name: "predictive", Scaling: workload.Prewarm()},
		{name: "hybrid", hpa: autoscaler.Example, external: true},
	}
	arms[0].Annotations = map[string]string{"prewarm.mode": "off"}
	arms[2].Annotations = map[string]string{"prewarm.mode": "active", "prewarm.actuator": "hpa"}
	env := map[string]string{"max_inflight": "1", "work_kind": "mixed", "work_cpu_share": cpuShare}
	for i := range arms {
		arms[i].Env, arms[i].MaxReplicas = maps.Clone(env), most
	}
	return arms
}

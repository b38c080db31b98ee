package main

import (
	"maps"

	"prewarm/deploy/experiment/autoscaler"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/workload"
	"prewarm/shared/hpa"
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

// keepAliveSteps is after how many steps without a call the gateway scales a
// function to zero in the arm keep-alive.
const keepAliveSteps = 10

// demoArms are the arms of demo: the gateway's keep-alive alone, and prewarm.
func demoArms() []arm {
	keepAlive := workload.Scaling{Annotations: map[string]string{"prewarm.mode": "off"}, IdleSteps: keepAliveSteps}
	return []arm{{name: "keep-alive", Scaling: keepAlive}, {name: "prewarm", Scaling: workload.Prewarm()}}
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

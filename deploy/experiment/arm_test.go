package main

import (
	"slices"
	"testing"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/workload"
	"prewarm/shared/openfaas"
)

// Each arm of demo with who else scales its functions, as their labels say.
func TestArmsOfTheDemonstration(t *testing.T) {
	for edition, want := range map[gateway.Edition]map[string][]string{
		gateway.Standard:  {"idler": {"idler", "autoscaler"}, "prewarm": nil, "beside-idler": {"idler"}},
		gateway.Community: {"alertmanager": {"alertmanager"}, "prewarm": {"alertmanager"}},
		gateway.Edge:      {"idler": {"idler"}, "prewarm": nil},
	} {
		o := workload.Options{Edition: edition, Step: time.Second}
		arms := demoArms(o)
		if len(arms) != len(want) {
			t.Errorf("%s: %d arms, want %d", edition, len(arms), len(want))
		}
		for i, a := range arms {
			d := o.Deployment("f", "image", a.Scaling)
			f := openfaas.Function{Name: "f.openfaas-fn", Labels: *d.Labels, Annotations: *d.Annotations}
			if others := f.Others(openfaas.Edition(edition), openfaas.ActuatorGateway); !slices.Equal(others, want[a.name]) {
				t.Errorf("%s, %s: %v scale too, want %v", edition, a.name, others, want[a.name])
			}
			s, err := f.Scaling(openfaas.Scaling{Mode: openfaas.ModeObserve, CostRatio: 0.1, Concurrency: 1})
			// The first arm is OpenFaaS alone, which the others are compared with.
			if mode := map[bool]openfaas.Mode{true: openfaas.ModeOff, false: openfaas.ModeActive}[i == 0]; err != nil || s.Mode != mode {
				t.Errorf("%s, %s: mode %s, %v", edition, a.name, s.Mode, err)
			}
			if zero := edition != gateway.Community; i > 0 && (s.Max != a.Most() || (s.Min == 0) != zero) {
				t.Errorf("%s, %s: prewarm keeps %d to %d replicas", edition, a.name, s.Min, s.Max)
			}
		}
	}
}

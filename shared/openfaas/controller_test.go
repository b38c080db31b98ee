package openfaas_test

import (
	"slices"
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

func TestTheEditionAndTheLabelsTellWhoElseScales(t *testing.T) {
	const gateway = openfaas.ActuatorGateway
	for _, c := range []struct {
		name     string
		edition  openfaas.Edition
		actuator openfaas.Actuator
		labels   []string
		want     []string
	}{
		{"the autoscaler of Standard", openfaas.Standard, gateway, nil, []string{openfaas.Autoscaler}},
		{"min = max switches it off", openfaas.Standard, gateway, []string{openfaas.LabelMin, "2", openfaas.LabelMax, "2"}, nil},
		{"it follows prewarm", openfaas.Standard, openfaas.ActuatorOpenFaaS, []string{openfaas.LabelType, openfaas.TypePrewarm}, nil},
		{"the label alone", openfaas.Standard, gateway, []string{openfaas.LabelType, openfaas.TypePrewarm}, []string{openfaas.Autoscaler}},
		{"it does not yet", openfaas.Standard, openfaas.ActuatorOpenFaaS, nil, []string{openfaas.Autoscaler}},
		{"the idler too", openfaas.Standard, gateway, []string{openfaas.LabelZero, "true"}, []string{openfaas.Idler, openfaas.Autoscaler}},
		{"Edge has the idler alone", openfaas.Edge, gateway, []string{openfaas.LabelZero, "true"}, []string{openfaas.Idler}},
		{"Edge without the label", openfaas.Edge, gateway, nil, nil},
		{"AlertManager of CE", openfaas.Community, gateway, nil, []string{openfaas.AlertManager}},
		{"factor 0 sets the least", openfaas.Community, gateway, []string{openfaas.LabelFactor, "0"}, []string{openfaas.AlertManager}},
		{"an HPA on CE", openfaas.Community, openfaas.ActuatorHPA, nil, []string{openfaas.AlertManager, openfaas.HPA}},
		{"KEDA, edition unknown", openfaas.EditionUnknown, openfaas.ActuatorKEDA, []string{openfaas.LabelZero, "true"}, []string{openfaas.KEDA}},
	} {
		if got := annotated(c.labels...).Others(c.edition, c.actuator); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheIdlerActsOnlyOnFunctionsWithItsLabel(t *testing.T) {
	const on = openfaas.LabelZero
	for _, c := range []struct {
		edition openfaas.Edition
		labels  []string
		want    time.Duration
		fails   bool
	}{
		{openfaas.Standard, nil, 0, false},
		{openfaas.Standard, []string{openfaas.LabelZeroDuration, "5m"}, 0, false},
		{openfaas.Standard, []string{on, "true"}, 15 * time.Minute, false},
		{openfaas.Standard, []string{on, "true", openfaas.LabelZeroDuration, "5m"}, 5 * time.Minute, false},
		{openfaas.Edge, []string{on, "true", openfaas.LabelZeroDuration, "5m"}, 10 * time.Minute, false},
		{openfaas.Standard, []string{on, "true", openfaas.LabelZeroDuration, "soon"}, 15 * time.Minute, true},
	} {
		if got, err := annotated(c.labels...).Idle(c.edition); got != c.want || (err != nil) != c.fails {
			t.Errorf("%s %v: got %v, %v, want %v, error %v", c.edition, c.labels, got, err, c.want, c.fails)
		}
	}
}

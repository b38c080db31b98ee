package openfaas_test

import (
	"strconv"
	"strings"
	"testing"

	"prewarm/shared/config"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// The annotation has the bounds of the key cost_ratio, whose default it replaces.
func TestTheCostRatioHasTheBoundsOfThePolicy(t *testing.T) {
	for ratio, good := range map[float64]bool{
		policy.LeastRatio: true, policy.MostRatio: true, policy.LeastRatio / 2: false, (1 + policy.MostRatio) / 2: false,
	} {
		text := strconv.FormatFloat(ratio, 'g', -1, 64)
		if _, err := annotated(openfaas.AnnotationCostRatio, text).Scaling(openfaas.Scaling{CostRatio: 0.5}); (err == nil) != good {
			t.Errorf("%s: got %v, want it accepted: %v", text, err, good)
		}
	}
}

// The annotation is stronger than the key, whichever of them says auto.
func TestTheAnnotationOfTheCostRatioReplacesTheKey(t *testing.T) {
	for _, c := range []struct {
		key        float64
		annotation string
		want       float64
	}{
		{0.05, "auto", config.Auto}, {config.Auto, "0.05", 0.05}, {config.Auto, "", config.Auto}, {0.05, " ", 0.05}, {config.Auto, "Auto", config.Auto},
	} {
		s, err := annotated(openfaas.AnnotationCostRatio, c.annotation).Scaling(openfaas.Scaling{CostRatio: c.key})
		if s.CostRatio != c.want || (err != nil) != (c.annotation == "Auto") {
			t.Errorf("key %v, annotation %q: got %v (%v), want %v", c.key, c.annotation, s.CostRatio, err, c.want)
		}
	}
}

func TestAnnotationsReplaceTheBoundsOfTheLabels(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []string
		want  openfaas.Bounds
		names string // what the error names
	}{
		{"zero without the label", []string{openfaas.AnnotationZero, "true"}, openfaas.Bounds{Min: 0, MinActive: 1, Max: 20}, ""},
		{"zero whatever the label's min", []string{openfaas.AnnotationZero, "true", openfaas.LabelMin, "3"}, openfaas.Bounds{Min: 0, MinActive: 3, Max: 20}, ""},
		{"no zero though the idler does it", []string{openfaas.AnnotationZero, "false", openfaas.LabelZero, "true"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, ""},
		{"a least of 0 counts as 1", []string{openfaas.AnnotationMin, "0"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, ""},
		{"below the label's min", []string{openfaas.AnnotationMin, "1", openfaas.LabelMin, "4"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, ""},
		{"above the label's max", []string{openfaas.AnnotationMin, "9", openfaas.LabelMax, "5"}, openfaas.Bounds{Min: 9, MinActive: 9, Max: 9}, ""},
		{"min = max in the labels switches the autoscaler off", []string{openfaas.AnnotationMax, "8", openfaas.LabelMax, "1"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 8}, ""},
		{"a most below the label's min", []string{openfaas.AnnotationMax, "2", openfaas.LabelMin, "3"}, openfaas.Bounds{Min: 3, MinActive: 3, Max: 20},
			"prewarm.max must be between 3 and 10000, was: 2 (com.openfaas.scale.min is 3, com.openfaas.scale.max is 20)"},
		{"a zero that is none", []string{openfaas.AnnotationZero, "maybe"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, "prewarm.zero must be true or false"},
	} {
		got, err := annotated(c.pairs...).Bounds()
		if got != c.want || (err == nil) != (c.names == "") || err != nil && !strings.HasPrefix(err.Error(), c.names) {
			t.Errorf("%s: got %+v, %v, want %+v, %q", c.name, got, err, c.want, c.names)
		}
	}
}

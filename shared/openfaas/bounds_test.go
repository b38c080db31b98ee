package openfaas_test

import (
	"strconv"
	"testing"

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

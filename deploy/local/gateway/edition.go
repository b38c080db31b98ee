package gateway

import (
	"fmt"
	"strings"

	"github.com/openfaas/faas-provider/types"
)

// Edition is an edition of OpenFaaS whose limits the gateway imitates.
type Edition string

const (
	// Standard honours the scaling labels, up to 1000 replicas.
	Standard Edition = "standard"

	// Community imitates the limits of OpenFaaS Community Edition.
	Community Edition = "ce"
)

// Limits of the editions. The community edition is limited so by OpenFaaS; the bound of
// the standard edition is one of this gateway, to protect the machine.
const (
	communityReplicas  = 5
	communityFunctions = 15
	standardReplicas   = 1000
)

// maxReplicas is the largest value of the scaling labels.
func (e Edition) maxReplicas() int {
	if e == Community {
		return communityReplicas
	}
	return standardReplicas
}

// check returns an error if the edition refuses the deployment.
func (e Edition) check(d types.FunctionDeployment) error {
	if e != Community {
		return nil
	}
	labels := deref(d.Labels)
	if strings.EqualFold(labels[labelZero], "true") {
		return fmt.Errorf("label %s=true is not available in OpenFaaS CE", labelZero)
	}
	for _, label := range []string{labelZeroDuration, labelTarget, labelType} {
		if _, set := labels[label]; set {
			return fmt.Errorf("label %s is not available in OpenFaaS CE", label)
		}
	}
	if strings.Contains(deref(d.Annotations)[annotationTopic], ",") {
		return fmt.Errorf("annotation %s must be one value in OpenFaaS CE", annotationTopic)
	}
	return nil
}

// checkCount returns an error if the edition refuses one more function.
func (e Edition) checkCount(deployed int) error {
	if e == Community && deployed >= communityFunctions {
		return fmt.Errorf("OpenFaaS CE is limited to %d functions", communityFunctions)
	}
	return nil
}

// clamp returns the count that is applied if n replicas are asked for.
//
// Community clamps to 1..5 without an error. Standard keeps within the function's
// labels: a function can be scaled to zero if it has the label scale.zero=true;
// otherwise its minimum is kept.
func (e Edition) clamp(n uint64, s settings) int {
	low, high := s.min, s.max
	if e == Community {
		low, high = 1, communityReplicas
	}
	if n == 0 && s.zero {
		return 0
	}
	// The bounds are applied before the conversion: a count above the largest int
	// would become negative.
	return int(max(uint64(low), min(n, uint64(high))))
}

package gateway

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openfaas/faas-provider/types"
)

// Edition is an edition of OpenFaaS whose limits the gateway imitates.
type Edition string

const (
	// Standard is OpenFaaS Standard and OpenFaaS for Enterprises, up to 1000 replicas.
	Standard Edition = "standard"

	// Community imitates the limits of OpenFaaS Community Edition.
	Community Edition = "ce"

	// Edge imitates OpenFaaS Edge (faasd Pro): a function has one replica or none.
	Edge Edition = "edge"
)

// Editions returns all editions.
func Editions() []Edition { return []Edition{Standard, Community, Edge} }

// Check returns an error if there is no such edition.
func (e Edition) Check() error {
	if slices.Contains(Editions(), e) {
		return nil
	}
	return fmt.Errorf("must be %s, %s or %s, was: %q", Standard, Community, Edge, e)
}

// Limits of the editions. The community edition is limited so by OpenFaaS; the bound of
// the standard edition is one of this gateway, to protect the machine.
const (
	communityReplicas  = 5
	communityFunctions = 15
	standardReplicas   = 1000
)

// maxLabel is the largest value of the labels min and max.
// Edge is not documented to refuse any; it has one replica whatever they say.
func (e Edition) maxLabel() int {
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

// clamp returns the count that is applied if n replicas are asked for, without an error.
// The labels of a function bind the controllers of OpenFaaS, not its gateway: any caller of
// the API can set a function to zero.
func (e Edition) clamp(n uint64) int {
	low, high := 0, standardReplicas
	switch e {
	case Community:
		low, high = 1, communityReplicas
	case Edge:
		high = 1
	}
	// The bounds are applied before the conversion: a count above the largest int
	// would become negative.
	return int(max(uint64(low), min(n, uint64(high))))
}

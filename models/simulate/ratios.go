package main

import (
	"fmt"
	"strings"

	"prewarm/shared/config"
	"prewarm/shared/policy"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
)

// parseRatio returns the constructor of a policy with a cost ratio, whose name begins with a
// prefix: at the ratio "-X", or at that of the command line if ratio is empty.
func parseRatio(name, ratio, prefix string) (constructor, error) {
	if ratio == "" {
		return func(m maker) simulate.Policy { return m.atRatio(prefix) }, nil
	}
	text, found := strings.CutPrefix(ratio, "-")
	if !found || text == "" {
		return nil, fmt.Errorf("-policy %s: cost ratio must follow a dash, was: %q", name, ratio)
	}
	x, err := policy.ParseCostRatio("-policy "+name+": cost ratio", text)
	if err != nil {
		return nil, err
	}
	return func(m maker) simulate.Policy {
		// m is a copy: other policies keep their ratio.
		m.policy.CostRatio = x
		return m.atRatio(prefix)
	}, nil
}

// atRatio returns the policy of a name at the cost ratio of m.
func (m maker) atRatio(name string) simulate.Policy {
	auto := m.policy.CostRatio == config.Auto
	switch {
	case name == nameBoosted && auto:
		return rival.NewPricedBoosted(m.odds, simulate.PricedRatios(m.workload, m.policy.WaitPrice, m.start))
	case name == nameBoosted:
		return rival.NewBoosted(m.odds, m.policy.CostRatio)
	case auto:
		return simulate.NewPricedPrewarm(m.outlook, m.policy, m.start, name == nameReactive)
	}
	return simulate.NewPrewarm(m.outlook, m.policy, name == nameReactive)
}

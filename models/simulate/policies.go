package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prewarm/shared/simulate"
)

// constructor makes a policy for one run over a workload.
type constructor func(*simulate.Workload) (simulate.Policy, error)

// constructors are the policies by name. A new policy is one more entry.
func constructors() map[string]constructor {
	return map[string]constructor{
		"none":   func(*simulate.Workload) (simulate.Policy, error) { return simulate.None{}, nil },
		"hybrid": func(w *simulate.Workload) (simulate.Policy, error) { return simulate.NewHybrid(w), nil },
		"hpa":    func(w *simulate.Workload) (simulate.Policy, error) { return simulate.NewHPA(w), nil },
		"kpa":    func(w *simulate.Workload) (simulate.Policy, error) { return simulate.NewKPA(w), nil },
		"idler":  func(*simulate.Workload) (simulate.Policy, error) { return simulate.NewIdler(), nil },
		"oracle": func(w *simulate.Workload) (simulate.Policy, error) { return simulate.NewOracle(w), nil },
	}
}

// allPolicies returns what -policy all stands for, in the order of the table.
func allPolicies() []string {
	return []string{
		"none", "keepalive-1", "keepalive-5", "keepalive-10", "keepalive-20", "keepalive-60",
		"hybrid", "idler", "hpa", "kpa", "oracle",
	}
}

// policyNames returns the names for usage and errors.
func policyNames() string {
	names := []string{"keepalive-K"}
	for name := range constructors() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// newPolicy makes the policy of a name; keepalive-K, or keep-alive-K, is
// keep-alive of K minutes.
func newPolicy(name string, w *simulate.Workload) (simulate.Policy, error) {
	if c, ok := constructors()[name]; ok {
		return c(w)
	}
	for _, prefix := range []string{"keepalive-", "keep-alive-"} {
		minutes, found := strings.CutPrefix(name, prefix)
		if !found {
			continue
		}
		k, err := strconv.Atoi(minutes)
		if err != nil || k < 1 {
			return nil, fmt.Errorf("-policy %s: minutes must be a whole number of at least 1, was: %q", name, minutes)
		}
		return simulate.KeepAlive{Minutes: k}, nil
	}
	return nil, fmt.Errorf("-policy must be one of %s, was: %q", policyNames(), name)
}

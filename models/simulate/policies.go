package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/policy"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
)

// maker has what the policies of one workload are made of. outlook and odds are nil if no
// policy needs them.
type maker struct {
	workload *simulate.Workload
	outlook  *simulate.Outlook
	odds     *rival.BoostedOdds
	policy   policy.Config // of prewarm, and the cost ratio of boosted
	start    time.Duration // that a cold start takes, for the cost ratio auto
}

// memory returns the megabytes of a replica of function f.
func (m maker) memory(f int) float64 { return m.workload.Functions[f].MemoryMB }

// constructor makes one policy.
type constructor func(maker) simulate.Policy

// constructors returns the policies without a parameter by name. A new policy is one
// more entry.
func constructors() map[string]constructor {
	return map[string]constructor{
		"none":   func(maker) simulate.Policy { return simulate.None{} },
		"hybrid": func(m maker) simulate.Policy { return simulate.NewHybrid(m.workload) },
		"hpa":    func(m maker) simulate.Policy { return simulate.NewHPA(m.workload) },
		"kpa":    func(m maker) simulate.Policy { return simulate.NewKPA(m.workload) },
		"idler":  func(maker) simulate.Policy { return simulate.NewIdler() },
		"oracle": func(m maker) simulate.Policy { return simulate.NewOracle(m.workload) },

		"autoscaler": func(m maker) simulate.Policy { return rival.NewAutoscaler(m.workload, 0) },
		"femux":      func(m maker) simulate.Policy { return rival.NewFeMux(m.workload, 0) },
		"fixed-best": func(m maker) simulate.Policy { return rival.NewBestFixed(m.workload) },
		"icebreaker": func(maker) simulate.Policy { return rival.NewIceBreaker() },
		"spes":       func(m maker) simulate.Policy { return rival.NewSPES(m.workload) },
	}
}

// Names of the policies with a cost ratio. prewarm takes that of the command line,
// prewarm-X the ratio X, and prewarm-auto that of each function. The others do likewise.
const (
	namePrewarm  = "prewarm"
	nameReactive = "prewarm-reactive"
	nameBoosted  = "boosted"
)

// allPolicies returns the policies of -policy all, in the order of the table.
func allPolicies() []string {
	names := []string{
		"none", "keepalive-1", "keepalive-5", "keepalive-10", "keepalive-20", "keepalive-60",
		"hybrid", "idler", "hpa", "kpa", "oracle",
	}
	names = append(names, rivalNames()...)
	for _, name := range []string{nameBoosted, namePrewarm} {
		for _, ratio := range sweep() {
			names = append(names, fmt.Sprintf("%s-%g", name, ratio))
		}
		names = append(names, name+"-auto")
	}
	return names
}

// sweep returns the cost ratios at which -policy all shows boosted and prewarm.
// They are roughly a geometric series: equal factors, not equal steps, change the result alike.
func sweep() []float64 {
	return []float64{0.002, 0.004, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.12, 0.17, 0.22, 0.3, 0.4}
}

// anyOf reports whether one of the named policies is one with a cost ratio, such as prewarm.
func anyOf(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name) })
}

// policyNames returns the names for usage and errors.
func policyNames() string {
	names := []string{
		"keepalive-K", prefixAutoscaler + "T", prefixFaasCache + "X", prefixFeMux + "B",
		nameBoosted, nameBoosted + "-X", nameBoosted + "-auto",
		namePrewarm, namePrewarm + "-X", namePrewarm + "-auto", nameReactive, nameReactive + "-X", nameReactive + "-auto",
	}
	for name := range constructors() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// parsePolicy returns the constructor of the policy with a name.
func parsePolicy(name string) (constructor, error) {
	if c, ok := constructors()[name]; ok {
		return c, nil
	}
	for _, prefix := range []string{"keepalive-", "keep-alive-"} {
		if minutes, found := strings.CutPrefix(name, prefix); found {
			return parseKeepAlive(name, minutes)
		}
	}
	for prefix, parse := range rivalParsers() {
		if parameter, found := strings.CutPrefix(name, prefix); found {
			return parse(name, parameter)
		}
	}
	// The longer prefix first, because the shorter one matches its names too.
	for _, prefix := range []string{nameReactive, namePrewarm, nameBoosted} {
		if ratio, found := strings.CutPrefix(name, prefix); found {
			return parseRatio(name, ratio, prefix)
		}
	}
	return nil, fmt.Errorf("-policy must be one of %s, was: %q", policyNames(), name)
}

// parseKeepAlive returns the constructor of keep-alive of K minutes.
func parseKeepAlive(name, minutes string) (constructor, error) {
	k, err := strconv.Atoi(minutes)
	if err != nil || k < 1 {
		return nil, fmt.Errorf("-policy %s: minutes must be a whole number of at least 1, was: %q", name, minutes)
	}
	return func(maker) simulate.Policy { return simulate.KeepAlive{Minutes: k} }, nil
}

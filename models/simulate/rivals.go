package main

import (
	"fmt"
	"math"
	"strconv"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
)

// Prefixes of the policies of the literature whose names end with a parameter.
const (
	prefixAutoscaler = "autoscaler-" // calls in flight that a replica is to have
	prefixFaasCache  = "faascache-"  // cache size
	prefixFeMux      = "femux-"      // minutes of a block
)

// rivalNames returns those of the literature in -policy all, in the order of the table.
func rivalNames() []string {
	names := []string{
		"autoscaler", prefixAutoscaler + "1", "fixed-best", "icebreaker", "femux", prefixFeMux + "180", "spes",
	}
	for _, share := range cacheSizes() {
		names = append(names, fmt.Sprintf("%s%g", prefixFaasCache, share))
	}
	return names
}

// parser returns the constructor of the policy with a name that ends with a parameter.
type parser func(name, parameter string) (constructor, error)

// rivalParsers returns the parsers of the policies of the literature, by prefix.
func rivalParsers() map[string]parser {
	return map[string]parser{
		prefixAutoscaler: parseAutoscaler, prefixFaasCache: parseFaasCache, prefixFeMux: parseFeMux,
	}
}

// parseAutoscaler returns the constructor of the autoscaler with a target of T calls in flight.
func parseAutoscaler(name, target string) (constructor, error) {
	t, err := strconv.ParseFloat(target, 64)
	if err != nil || !(t > 0 && t <= math.MaxInt32) {
		return nil, fmt.Errorf("-policy %s: target must be above 0 and at most %d, was: %q", name, math.MaxInt32, target)
	}
	return func(m maker) simulate.Policy { return rival.NewAutoscaler(m.workload, t) }, nil
}

// cacheSizes returns the cache sizes at which -policy all shows FaasCache, as shares of the
// memory that all functions would take at once.
func cacheSizes() []float64 { return []float64{0.2, 0.4, 0.6, 0.8} }

// parseFaasCache returns the constructor of FaasCache with a memory of share X.
func parseFaasCache(name, share string) (constructor, error) {
	x, err := strconv.ParseFloat(share, 64)
	if err != nil || !(x > 0 && x <= 1) {
		return nil, fmt.Errorf("-policy %s: share of the memory must be above 0 and at most 1, was: %q", name, share)
	}
	return func(m maker) simulate.Policy {
		start := func(int) float64 { return rival.FaasCacheStart }
		return rival.NewFaasCache(m.workload, x, m.memory, start)
	}, nil
}

// parseFeMux returns the constructor of FeMux with blocks of B minutes.
func parseFeMux(name, block string) (constructor, error) {
	b, err := strconv.Atoi(block)
	if err != nil || b < rival.FeMuxLeastBlock {
		return nil, fmt.Errorf("-policy %s: minutes of a block must be a whole number of at least %d, was: %q", name, rival.FeMuxLeastBlock, block)
	}
	return func(m maker) simulate.Policy { return rival.NewFeMux(m.workload, b) }, nil
}

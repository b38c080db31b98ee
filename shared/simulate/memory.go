package simulate

import "prewarm/shared/score"

// DefaultMemoryMB is the memory of a replica if a trace says nothing of memory: half of the
// applications of Azure Functions allocate at most 170 MB. Source: Shahrad et al.,
// "Serverless in the Wild", USENIX ATC 2020, section 3.5.
const DefaultMemoryMB = 170

// MemoryRule says where the memory of a function comes from.
type MemoryRule int

// The rules in the order in which they are tried.
const (
	OwnMemory     MemoryRule = iota // mean of the function's application
	MedianMemory                    // median of the applications of the trace
	DefaultMemory                   // DefaultMemoryMB
)

// String returns the rule in words.
func (r MemoryRule) String() string {
	return [...]string{"their own application's", "the median of the trace", "the default"}[r]
}

// fillMemory sets the memory of the functions whose application has none. Each application
// counts once in the median, however many functions it has.
func (w *Workload) fillMemory() {
	var known []float64
	seen := map[string]bool{}
	for _, f := range w.Functions {
		if f.MemoryMB > 0 && !seen[f.Application] {
			seen[f.Application] = true
			known = append(known, f.MemoryMB)
		}
	}
	mb, rule := float64(DefaultMemoryMB), DefaultMemory
	if len(known) > 0 {
		mb, rule = score.Percentile(known, 0.5), MedianMemory
	}
	for i := range w.Functions {
		if f := &w.Functions[i]; f.MemoryMB == 0 {
			f.MemoryMB, f.MemoryRule = mb, rule
		}
	}
}

// MemoryRules returns how many functions each rule was applied to.
func (w *Workload) MemoryRules() (functions [DefaultMemory + 1]int) {
	for _, f := range w.Functions {
		functions[f.MemoryRule]++
	}
	return functions
}

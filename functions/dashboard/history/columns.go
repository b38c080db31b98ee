package history

// Columns is the history of one function in columns of equal length, oldest step
// first, as the API answers it and the charts draw it. -1 stands for an unknown
// value.
type Columns struct {
	Step      []int64 `json:"step"`      // begin, Unix seconds
	Need      []int16 `json:"need"`      // replicas that the step needed
	Estimated []bool  `json:"estimated"` // the need was not measured as a whole and for this step alone
	Wanted    []int16 `json:"wanted"`    // replicas that the policy wanted
	Applied   []int16 `json:"applied"`   // replicas that were sent to the gateway
	Observed  []int16 `json:"reported"`  // replicas that were read back from the gateway
	Available []int16 `json:"ready"`     // replicas that were ready at the begin of the step
	Cold      []int16 `json:"cold"`      // cold starts

	Predictions []LeadColumns `json:"forecasts"` // by index of Leads
}

// LeadColumns holds the predictions that were made for each step one lead before.
type LeadColumns struct {
	Lead   int       `json:"lead"`   // steps
	Chance []float32 `json:"chance"` // probability of at least one call in the step
	Q50    []int16   `json:"q50"`    // quantiles of the need of the step
	Q95    []int16   `json:"q95"`
}

// Columns returns the history in columns. They are empty, not nil, if nothing is
// known, since JSON then has lists and not null.
func (h *History) Columns() Columns {
	entries := h.entries()
	values := func(of int) []int16 { return listed(entries, func(e *entry) int16 { return e.get(of) }) }
	out := Columns{
		Step:      listed(entries, func(e *entry) int64 { return e.step }),
		Need:      values(need),
		Estimated: listed(entries, func(e *entry) bool { return e.get(need) >= 0 && e.get(settled) == 0 }),
		Wanted:    values(wanted),
		Applied:   values(applied),
		Observed:  listed(entries, (*entry).observedOrCurrent),
		Available: values(available),
		Cold:      listed(entries, (*entry).cold),
	}
	for i, lead := range Leads {
		out.Predictions = append(out.Predictions, LeadColumns{
			Lead:   lead,
			Chance: listed(entries, func(e *entry) float32 { return probability(e.get(chance + i)) }),
			Q50:    values(q50 + i),
			Q95:    values(q95 + i),
		})
	}
	return out
}

// observedOrCurrent returns the replicas read back after the decision, or those
// before it if nothing was read back.
func (e *entry) observedOrCurrent() int16 {
	if e.get(observed) >= 0 {
		return e.get(observed)
	}
	return e.get(current)
}

// listed returns one value of each entry.
func listed[T any](entries []entry, value func(*entry) T) []T {
	out := make([]T, len(entries))
	for i := range entries {
		out[i] = value(&entries[i])
	}
	return out
}

package ledger

import (
	"maps"

	"prewarm/shared/score"
)

// Sums are cold starts and idle time of prewarm and of keep-alive over some
// steps. Idle times are in replica-steps. A count of 32 bits keeps the week of a
// function small and is never reached in it.
type Sums struct {
	Steps         uint32 `json:"steps"`           // function-steps that were compared
	Need          uint32 `json:"need"`            // replica-steps that were needed
	ColdKeepAlive uint32 `json:"cold_keep_alive"` // cold starts under keep-alive
	Cold          uint32 `json:"cold"`            // cold starts under prewarm
	IdleKeepAlive uint32 `json:"idle_keep_alive"`
	Idle          uint32 `json:"idle"`
	Saved         uint32 `json:"idle_saved"` // idle time that keep-alive has and prewarm has not, step by step
	Added         uint32 `json:"idle_added"` // the reverse
}

// compare returns the sums of one step in which prewarm has warm replicas and
// keep-alive has kept.
func compare(need, warm, kept int) Sums {
	prewarm, keepAlive := score.Step{Need: need, Warm: warm}, score.Step{Need: need, Warm: kept}
	return Sums{
		Steps: 1, Need: uint32(need), ColdKeepAlive: uint32(keepAlive.Cold()), Cold: uint32(prewarm.Cold()),
		IdleKeepAlive: uint32(keepAlive.Idle()), Idle: uint32(prewarm.Idle()),
		Saved: uint32(prewarm.Saved(keepAlive)), Added: uint32(keepAlive.Saved(prewarm)),
	}
}

// add adds o field by field.
func (s *Sums) add(o Sums) {
	s.Steps += o.Steps
	s.Need += o.Need
	s.ColdKeepAlive += o.ColdKeepAlive
	s.Cold += o.Cold
	s.IdleKeepAlive += o.IdleKeepAlive
	s.Idle += o.Idle
	s.Saved += o.Saved
	s.Added += o.Added
}

// Avoided returns the cold starts that prewarm avoids. It is negative if prewarm
// has more of them than keep-alive.
func (s Sums) Avoided() int { return int(s.ColdKeepAlive) - int(s.Cold) }

// ByMode holds the sums of the steps in mode active, and what would have been in
// the steps in mode observe.
type ByMode struct {
	Active  Sums `json:"active"`
	Observe Sums `json:"observe"`
}

// add adds both modes of o.
func (b *ByMode) add(o ByMode) {
	b.Active.add(o.Active)
	b.Observe.add(o.Observe)
}

// FunctionSums are the sums of one function.
type FunctionSums struct {
	Function string `json:"function"`
	ByMode
}

// Avoided returns the avoided cold starts in both modes.
func (f FunctionSums) Avoided() int { return f.Active.Avoided() + f.Observe.Avoided() }

// cells holds sums by index: the step divided by the width of a cell.
type cells map[int64]*ByMode

// add adds s to a cell and, if the cell is new, drops those more than keep
// before it.
func (c cells) add(index, keep int64, mode string, s Sums) {
	cell := c[index]
	if cell == nil {
		cell = &ByMode{}
		c[index] = cell
		// Once per cell and not per step, so the scan costs little.
		maps.DeleteFunc(c, func(i int64, _ *ByMode) bool { return i < index-keep })
	}
	if mode == "active" {
		cell.Active.add(s)
	} else {
		cell.Observe.add(s)
	}
}

// sum returns the sum of the cells after an index.
func (c cells) sum(after int64) ByMode {
	var out ByMode
	// The order of the map does not matter: the sums are integers.
	for index, cell := range c {
		if index > after {
			out.add(*cell)
		}
	}
	return out
}

package ledger

import (
	"encoding/json"
	"math"

	"prewarm/shared/score"
)

// Sums are cold starts and idle time of prewarm and of keep-alive over some
// steps. Idle times are in replica-steps. A count of 32 bits keeps the week of a
// function small and is never reached in it.
type Sums struct {
	Steps         uint32 `json:"steps"`           // function-steps that were compared
	Skipped       uint32 `json:"steps_skipped"`   // others with a decision: not settled, or within keep-alive of such a step
	Need          uint32 `json:"need"`            // replica-steps that were needed
	ColdKeepAlive uint32 `json:"cold_keep_alive"` // cold starts under keep-alive
	Cold          uint32 `json:"cold"`            // cold starts under prewarm
	Started       uint32 `json:"started"`         // started replicas: they appeared without prewarm
	StartedSteps  uint32 `json:"started_steps"`   // steps of which they are known
	IdleKeepAlive uint32 `json:"idle_keep_alive"`
	Idle          uint32 `json:"idle"`
	Saved         uint32 `json:"idle_saved"` // idle time that keep-alive has and prewarm has not, step by step
	Added         uint32 `json:"idle_added"` // the reverse

	// What people pay. Idle memory is in gigabytes of 2^30 bytes times seconds, and covers
	// the steps in which the memory of a replica is known. Waits are cold starts times
	// readiness time, and cover the steps in which that was measured.
	MemoryKeepAlive Micro  `json:"idle_gb_seconds_keep_alive"`
	Memory          Micro  `json:"idle_gb_seconds"`
	MemorySteps     uint32 `json:"memory_steps"`
	WaitKeepAlive   Micro  `json:"wait_seconds_keep_alive"`
	Wait            Micro  `json:"wait_seconds"`
	WaitSteps       uint32 `json:"wait_steps"`
}

// Micro is a number of at least 0 with six decimals. Sums of it do not depend on their
// order, as those of floating-point numbers do.
type Micro uint64

// newMicro returns v, rounded.
func newMicro(v float64) Micro { return Micro(math.Round(1e6 * v)) }

// Float returns the number.
func (m Micro) Float() float64 { return float64(m) / 1e6 }

// MarshalJSON implements json.Marshaler.
func (m Micro) MarshalJSON() ([]byte, error) { return json.Marshal(m.Float()) }

// gigabyte is the unit of memory in which platforms bill.
const gigabyte = 1 << 30

// sums returns the sums of a step with a decision and a settled need, some of whose replicas
// were not ready when it began, and in which keep-alive has kept replicas.
func (s *step) sums(notReady, kept int32, seconds float64) Sums {
	need := int(s.bounded())
	prewarm, keepAlive := score.Step{Need: need, Warm: int(s.warm), NotReady: int(notReady)}, score.Step{Need: need, Warm: int(kept)}
	out := Sums{
		Steps: 1, Need: uint32(need), ColdKeepAlive: uint32(keepAlive.Cold()), Cold: uint32(prewarm.Cold()),
		IdleKeepAlive: uint32(keepAlive.Idle()), Idle: uint32(prewarm.Idle()),
		Saved: uint32(prewarm.Saved(keepAlive)), Added: uint32(keepAlive.Saved(prewarm)),
	}
	if s.started >= 0 {
		out.Started, out.StartedSteps = uint32(s.started), 1
	}
	if s.memory > 0 {
		one := seconds * float64(s.memory) / gigabyte
		out.MemoryKeepAlive, out.Memory, out.MemorySteps = newMicro(one*float64(out.IdleKeepAlive)), newMicro(one*float64(out.Idle)), 1
	}
	if s.readiness >= 0 {
		out.WaitKeepAlive, out.Wait, out.WaitSteps = newMicro(s.readiness*float64(out.ColdKeepAlive)), newMicro(s.readiness*float64(out.Cold)), 1
	}
	return out
}

// add adds o field by field.
func (s *Sums) add(o Sums) {
	s.Steps += o.Steps
	s.Skipped += o.Skipped
	s.Need += o.Need
	s.ColdKeepAlive += o.ColdKeepAlive
	s.Cold += o.Cold
	s.Started += o.Started
	s.StartedSteps += o.StartedSteps
	s.IdleKeepAlive += o.IdleKeepAlive
	s.Idle += o.Idle
	s.Saved += o.Saved
	s.Added += o.Added
	s.MemoryKeepAlive += o.MemoryKeepAlive
	s.Memory += o.Memory
	s.MemorySteps += o.MemorySteps
	s.WaitKeepAlive += o.WaitKeepAlive
	s.Wait += o.Wait
	s.WaitSteps += o.WaitSteps
}

// times returns n times the sums.
func (s Sums) times(n int64) Sums {
	out := Sums{}
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			out.add(s)
		}
		s.add(s)
	}
	return out
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

// MemoryUnknown reports whether the memory of a replica is not known in some of the steps.
func (b ByMode) MemoryUnknown() bool {
	return b.Active.MemorySteps+b.Observe.MemorySteps < b.Active.Steps+b.Observe.Steps
}

// WaitUnknown reports whether the readiness time was not measured in some of the steps.
func (b ByMode) WaitUnknown() bool {
	return b.Active.WaitSteps+b.Observe.WaitSteps < b.Active.Steps+b.Observe.Steps
}

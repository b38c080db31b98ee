// Package schedule draws faults from a seed: the same seed, kinds and parts give the same
// schedule.
package schedule

import "fmt"

// Kind is a way in which something breaks.
type Kind string

// The kinds of faults.
const (
	Kill      Kind = "kill"      // kill -9, started again when the fault ends
	Stop      Kind = "stop"      // SIGSTOP, SIGCONT at the end
	Slow      Kind = "slow"      // answers, scrapes or ticks come late
	Cut       Kind = "cut"       // connections are reset, new ones are refused
	Error     Kind = "error"     // every request is answered with an error, such as 503
	Disk      Kind = "disk"      // the disk is full
	LostAck   Kind = "lost-ack"  // a request is carried out, its answer is lost
	Duplicate Kind = "duplicate" // messages are delivered again
	Reorder   Kind = "reorder"   // messages are delivered newest first
	Clock     Kind = "clock"     // the clock of a part is wrong
	List      Kind = "list"      // the list of functions misses one
	Wipe      Kind = "wipe"      // a stream or bucket is deleted
	Rollout   Kind = "rollout"   // a function is deployed again, two of it run at a time
)

// Part is a part of the chain.
type Part string

// The parts of the chain.
const (
	Store     Part = "store"
	NATS      Part = "nats"
	Gateway   Part = "gateway"
	Connector Part = "connector"
	Collector Part = "collector"
	Predictor Part = "predictor"
	Scaler    Part = "scaler"
	Dashboard Part = "dashboard"
	Cron      Part = "cron"
)

// Level is where a fault is injected.
type Level string

// Virtual runs the packages of the functions in this process, with virtual time and models of
// gateway, store, NATS and connector. Platform runs the local platform with real processes.
const (
	Virtual  Level = "virtual"
	Platform Level = "platform"
)

// Cell is a kind of fault and what it hits: a part, or what passes between two of them.
type Cell struct {
	Level Level
	Kind  Kind
	Part  Part
	To    Part   // the part that is asked; empty if the fault hits Part itself
	What  string // the stream that is hit; empty for none
}

// Target names what the fault hits.
func (c Cell) Target() string {
	name := string(c.Part)
	if c.To != "" {
		name += " to " + string(c.To)
	}
	if c.What != "" {
		name += " (" + c.What + ")"
	}
	return name
}

// Fault is one fault of a round.
type Fault struct {
	Cell
	Begin, Length float64 // steps, from the begin of the round
	Size          float64 // between -1 and 1: how far a clock is wrong, or how slow something is
}

// End is when the fault ends, in steps from the begin of the round.
func (f Fault) End() float64 { return f.Begin + f.Length }

// String describes the fault in a line.
func (f Fault) String() string {
	return fmt.Sprintf("%s of %s at %.2f for %.2f steps, size %.2f (%s)", f.Kind, f.Target(), f.Begin, f.Length, f.Size, f.Level)
}

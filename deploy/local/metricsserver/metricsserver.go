// Package metricsserver stands for Kubernetes' metrics-server and for what an
// HPA knows of pods: how much CPU the replicas of each function use, over one
// window, and which of them are ready.
package metricsserver

import (
	"cmp"
	"slices"
	"time"

	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// Process is one replica as the operating system sees it.
type Process struct {
	PID      int
	Function string        // name.namespace
	CPU      time.Duration // used since its start
}

// Use is what the replicas of one function use at one look.
type Use struct {
	Pods  []hpa.Pod
	Cores float64 // mean over the time since the last look
}

// Server remembers the last look. It is not safe for concurrent use.
type Server struct {
	request   float64 // cores that a replica asks for
	last      time.Time
	looks     int
	processes map[int]seen
}

// seen is what the last look has seen of a process.
type seen struct {
	first int  // look at which it was there first
	ready bool // it has been taken for ready
	cpu   time.Duration
}

// New returns a server for replicas that each ask for request cores.
func New(request float64) *Server {
	if !(request > 0) {
		panic("metricsserver: request must be above 0 cores")
	}
	return &Server{request: request, processes: map[int]seen{}}
}

// Look takes in the processes at a time on the clock, with what the gateway says
// of the functions, and returns the use of each function since the last look,
// which is the window of the metrics. Of the processes of a function the oldest
// are the ready ones; of more than it should have the youngest are on their way
// out and are left out, as the HPA leaves out pods that are being deleted.
//
// As in the HPA's source, a replica that was not ready for a whole window counts
// as not ready, and one that was not there for a whole window has no metric.
func (s *Server) Look(now time.Time, functions []openfaas.Function, processes []Process) map[string]Use {
	window := now.Sub(s.last).Seconds()
	s.looks++
	next := make(map[int]seen, len(processes))
	uses := make(map[string]Use, len(functions))
	for _, f := range functions {
		var use Use
		for i, p := range s.of(f.Name, processes) {
			was, known := s.processes[p.PID]
			if !known {
				was = seen{first: s.looks, cpu: p.CPU}
			}
			cores := max(0, (p.CPU-was.cpu).Seconds()) / window
			use.Cores += cores
			if i < f.Replicas {
				use.Pods = append(use.Pods, hpa.Pod{Usage: cores / s.request, Ready: was.ready, Missing: !known})
			}
			next[p.PID] = seen{first: was.first, ready: was.ready || i < f.Available, cpu: p.CPU}
		}
		uses[f.Name] = use
	}
	s.last, s.processes = now, next
	return uses
}

// of returns the processes of a function, the oldest first.
func (s *Server) of(function string, processes []Process) []Process {
	var own []Process
	for _, p := range processes {
		if p.Function == function {
			own = append(own, p)
		}
	}
	first := func(p Process) int {
		if was, known := s.processes[p.PID]; known {
			return was.first
		}
		return s.looks
	}
	slices.SortStableFunc(own, func(a, b Process) int { return cmp.Compare(first(a), first(b)) })
	return own
}

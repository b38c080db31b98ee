// Package metricsserver imitates Kubernetes' metrics-server, and what an HPA knows
// about pods: how much CPU the replicas of each function use over a window, and
// which of them are ready.
package metricsserver

import (
	"time"

	"prewarm/deploy/local/process"
	"prewarm/deploy/local/replica"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// Process is the process of one replica.
type Process struct {
	replica.Process
	CPU time.Duration // used since its start
}

// Measure reads the CPU time of the replicas, in their order. A replica that has
// ended meanwhile is left out.
func Measure(running []replica.Process) []Process {
	var measured []Process
	for _, p := range running {
		if cpu, err := process.CPUTime(p.PID); err == nil {
			measured = append(measured, Process{p, cpu})
		}
	}
	return measured
}

// Usage is the CPU use of the replicas of one function over one window.
type Usage struct {
	Pods  []hpa.Pod
	Cores float64 // mean over the window
}

// Server turns CPU times into usage. The window of the metrics is the time
// between two calls of Update. A Server is not safe for concurrent use.
type Server struct {
	request   float64 // cores that a replica requests
	last      time.Time
	processes map[int]state // at the last update, by process id
}

// state is what one update knows about a process.
type state struct {
	ready bool // it has counted as ready
	cpu   time.Duration
}

// New returns a server for replicas that request so many cores each. It panics if
// request is not above 0.
func New(request float64) *Server {
	if !(request > 0) {
		panic("metricsserver: request must be above 0 cores")
	}
	return &Server{request: request, processes: map[int]state{}}
}

// Update takes in the processes at a time on the clock, oldest first, and the
// functions as the gateway lists them. It returns the usage of each function since
// the last update.
//
// The gateway reports numbers of replicas, not which process is which. The oldest
// processes of a function count as its ready ones. Processes beyond the desired number
// are being stopped: their CPU counts, but they do not count as pods, as an HPA leaves
// out pods that are being deleted.
//
// As in the HPA's source, a replica that was not ready for a whole window counts
// as not ready, and a replica that did not exist for a whole window has no metric.
func (s *Server) Update(now time.Time, functions []openfaas.Function, processes []Process) map[string]Usage {
	window := now.Sub(s.last).Seconds()
	next := make(map[int]state, len(processes))
	usages := make(map[string]Usage, len(functions))
	for _, f := range functions {
		var usage Usage
		for i, p := range of(f.Name, processes) {
			before, known := s.processes[p.PID]
			if !known {
				before.cpu = p.CPU
			}
			cores := max(0, (p.CPU-before.cpu).Seconds()) / window
			usage.Cores += cores
			if i < f.Replicas {
				usage.Pods = append(usage.Pods, hpa.Pod{Usage: cores / s.request, Ready: before.ready, Missing: !known})
			}
			next[p.PID] = state{ready: before.ready || i < f.Available, cpu: p.CPU}
		}
		usages[f.Name] = usage
	}
	s.last, s.processes = now, next
	return usages
}

// of returns the processes of a function.
func of(function string, processes []Process) []Process {
	var own []Process
	for _, p := range processes {
		if p.Function == function {
			own = append(own, p)
		}
	}
	return own
}

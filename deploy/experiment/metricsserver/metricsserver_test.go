package metricsserver_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"prewarm/deploy/experiment/metricsserver"
	"prewarm/deploy/local/replica"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

const (
	name   = "hello.openfaas-fn"
	window = 250 * time.Millisecond
)

// story updates the server once each window, with one function.
type story struct {
	t      *testing.T
	server *metricsserver.Server
	now    time.Time
}

func (s *story) update(replicas, available int, processes ...metricsserver.Process) metricsserver.Usage {
	s.now = s.now.Add(window)
	functions := []openfaas.Function{{Name: name, Replicas: replicas, Available: available}}
	return s.server.Update(s.now, functions, processes)[name]
}

func (s *story) expect(got metricsserver.Usage, cores float64, pods ...hpa.Pod) {
	s.t.Helper()
	same := func(a, b hpa.Pod) bool {
		return a.Ready == b.Ready && a.Missing == b.Missing && math.Abs(a.Usage-b.Usage) < 1e-9
	}
	if math.Abs(got.Cores-cores) > 1e-9 || !slices.EqualFunc(got.Pods, pods, same) {
		s.t.Errorf("got %+v, want %v cores and %+v", got, cores, pods)
	}
}

func process(pid int, cpu time.Duration) metricsserver.Process {
	return processOf(name, pid, cpu)
}

func processOf(function string, pid int, cpu time.Duration) metricsserver.Process {
	return metricsserver.Process{Process: replica.Process{PID: pid, Function: function}, CPU: cpu}
}

func TestTheMetricsOfAReplicaFromStartToEnd(t *testing.T) {
	s := &story{t: t, server: metricsserver.New(0.05), now: time.Unix(1000, 0)}
	const full = window / 20 // of CPU in a window, for a replica that uses all that it asks for
	s.expect(s.update(1, 1, process(7, time.Second)), 0, hpa.Pod{Missing: true})
	s.expect(s.update(1, 1, process(7, time.Second+full)), 0.05, hpa.Pod{Usage: 1, Ready: true})
	// A second replica starts: first it has no metric, then it is not ready, then
	// it is ready for less than a window. Its process id is lower, but it is younger.
	s.expect(s.update(2, 1, process(7, time.Second+2*full), process(3, 0)), 0.05, hpa.Pod{Usage: 1, Ready: true}, hpa.Pod{Missing: true})
	s.expect(s.update(2, 1, process(7, time.Second+2*full), process(3, full/2)), 0.025, hpa.Pod{Ready: true}, hpa.Pod{Usage: 0.5})
	s.expect(s.update(2, 2, process(7, time.Second+2*full), process(3, full/2)), 0, hpa.Pod{Ready: true}, hpa.Pod{})
	s.expect(s.update(2, 2, process(7, time.Second+2*full), process(3, full)), 0.025, hpa.Pod{Ready: true}, hpa.Pod{Usage: 0.5, Ready: true})
	// The second replica is removed and finishes its call: its CPU counts, but it is
	// no pod.
	s.expect(s.update(1, 1, process(7, time.Second+2*full), process(3, 2*full)), 0.05, hpa.Pod{Ready: true})
	s.expect(s.update(1, 1, process(7, time.Second+2*full)), 0, hpa.Pod{Ready: true})
}

func TestFunctionsAreIndependent(t *testing.T) {
	server := metricsserver.New(1)
	functions := []openfaas.Function{{Name: "a.ns", Replicas: 1, Available: 1}, {Name: "b.ns"}}
	update := func(at int64, cpu time.Duration) map[string]metricsserver.Usage {
		return server.Update(time.Unix(at, 0), functions, []metricsserver.Process{processOf("a.ns", 1, cpu), processOf("c.ns", 2, cpu)})
	}
	update(1, 0)
	got := update(2, time.Second/2)
	if got["a.ns"].Cores != 0.5 || len(got["b.ns"].Pods) != 0 || len(got) != 2 {
		t.Errorf("got %+v", got)
	}
}

package metricsserver_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"prewarm/deploy/local/metricsserver"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

const (
	name   = "hello.openfaas-fn"
	window = 250 * time.Millisecond
)

// story looks once each window at one function.
type story struct {
	t      *testing.T
	server *metricsserver.Server
	now    time.Time
}

func (s *story) look(replicas, available int, processes ...metricsserver.Process) metricsserver.Use {
	s.now = s.now.Add(window)
	functions := []openfaas.Function{{Name: name, Replicas: replicas, Available: available}}
	return s.server.Look(s.now, functions, processes)[name]
}

func (s *story) expect(got metricsserver.Use, cores float64, pods ...hpa.Pod) {
	s.t.Helper()
	same := func(a, b hpa.Pod) bool {
		return a.Ready == b.Ready && a.Missing == b.Missing && math.Abs(a.Usage-b.Usage) < 1e-9
	}
	if math.Abs(got.Cores-cores) > 1e-9 || !slices.EqualFunc(got.Pods, pods, same) {
		s.t.Errorf("got %+v, want %v cores and %+v", got, cores, pods)
	}
}

func process(pid int, cpu time.Duration) metricsserver.Process {
	return metricsserver.Process{PID: pid, Function: name, CPU: cpu}
}

func TestTheLifeOfAReplica(t *testing.T) {
	s := &story{t: t, server: metricsserver.New(0.05), now: time.Unix(1000, 0)}
	const full = window / 20 // of CPU in a window, for a replica that uses all that it asks for
	s.expect(s.look(1, 1, process(7, time.Second)), 0, hpa.Pod{Missing: true})
	s.expect(s.look(1, 1, process(7, time.Second+full)), 0.05, hpa.Pod{Usage: 1, Ready: true})
	// A second one comes: first without a metric, then not ready, then ready for
	// less than a window. Its number is lower, but it is younger.
	s.expect(s.look(2, 1, process(3, 0), process(7, time.Second+2*full)), 0.05, hpa.Pod{Usage: 1, Ready: true}, hpa.Pod{Missing: true})
	s.expect(s.look(2, 1, process(3, full/2), process(7, time.Second+2*full)), 0.025, hpa.Pod{Ready: true}, hpa.Pod{Usage: 0.5})
	s.expect(s.look(2, 2, process(3, full/2), process(7, time.Second+2*full)), 0, hpa.Pod{Ready: true}, hpa.Pod{})
	s.expect(s.look(2, 2, process(3, full), process(7, time.Second+2*full)), 0.025, hpa.Pod{Ready: true}, hpa.Pod{Usage: 0.5, Ready: true})
	// It is removed and finishes its call: its CPU counts, it is no pod any more.
	s.expect(s.look(1, 1, process(3, 2*full), process(7, time.Second+2*full)), 0.05, hpa.Pod{Ready: true})
	s.expect(s.look(1, 1, process(7, time.Second+2*full)), 0, hpa.Pod{Ready: true})
}

func TestOtherFunctionsAreApart(t *testing.T) {
	server := metricsserver.New(1)
	functions := []openfaas.Function{{Name: "a.ns", Replicas: 1, Available: 1}, {Name: "b.ns"}}
	look := func(at int64, cpu time.Duration) map[string]metricsserver.Use {
		return server.Look(time.Unix(at, 0), functions, []metricsserver.Process{{PID: 1, Function: "a.ns", CPU: cpu}, {PID: 2, Function: "c.ns", CPU: cpu}})
	}
	look(1, 0)
	got := look(2, time.Second/2)
	if got["a.ns"].Cores != 0.5 || len(got["b.ns"].Pods) != 0 || len(got) != 2 {
		t.Errorf("got %+v", got)
	}
}

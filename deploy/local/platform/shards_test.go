package platform_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/event"
)

// shardStep is long enough for the shortest leases: a takeover takes 5 s at most.
const shardStep = 5 * time.Second

// Two replicas of collector, predictor and scaler share eight functions in four shards. One of
// each is killed. No function loses more than two steps, none is decided twice, and no step is
// decided after a newer one. The functions are called until the first kill, so that the new owners
// have replicas to release.
func TestKilledOwnersAreReplaced(t *testing.T) {
	w := startWith(t, platform.Options{Edition: gateway.Standard, Step: shardStep, Shards: 4})
	var names []string
	for i := range 8 {
		names = append(names, fmt.Sprintf("f%d", i))
		w.deploy(names[i], "active", time.Hour)
	}
	decided := func(name string) []event.Decision {
		return w.decided(name, func(event.Decision) bool { return true })
	}
	next := func(what string) {
		before := map[string]int{}
		for _, name := range names {
			before[name] = len(decided(name))
		}
		until(t, what, func() bool {
			return !slices.ContainsFunc(names, func(name string) bool { return len(decided(name)) < before[name]+2 })
		})
	}
	for _, name := range names {
		w.call(name)
	}
	next("all functions are decided")
	for _, part := range []string{"scaler", "collector", "predictor"} {
		for _, p := range w.Processes() {
			if strings.HasPrefix(p.Function, part+".") {
				if err := syscall.Kill(-p.PID, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		next("all functions are decided after a " + part + " was killed")
	}
	for _, name := range names {
		until(t, name+" has no replica, since no more calls came", func() bool {
			all := decided(name)
			_, desired := w.replicas(name)
			return desired == 0 && all[len(all)-1].Wanted == 0
		})
		checkSteps(t, name, decided(name))
		checkOrder(t, name, decided(name))
	}
}

// checkOrder checks that the decisions of a function were made in the order of their steps.
func checkOrder(t *testing.T, name string, decisions []event.Decision) {
	t.Helper()
	slices.SortFunc(decisions, func(a, b event.Decision) int { return a.Time.Compare(b.Time) })
	for i, d := range decisions {
		if i > 0 && d.Step < decisions[i-1].Step {
			t.Errorf("%s: step %d was decided after step %d", name, d.Step, decisions[i-1].Step)
		}
	}
}

// checkSteps checks that each step of a function was decided once, and that at most two in a row
// are missing.
func checkSteps(t *testing.T, name string, decisions []event.Decision) {
	t.Helper()
	var steps []int64
	for _, d := range decisions {
		steps = append(steps, d.Step)
	}
	slices.Sort(steps)
	for i := 1; i < len(steps); i++ {
		switch gap := (steps[i] - steps[i-1]) / int64(shardStep.Seconds()); {
		case gap == 0:
			t.Errorf("%s: step %d was decided twice", name, steps[i])
		case gap > 3:
			t.Errorf("%s: %d steps are missing before %d", name, gap-1, steps[i])
		}
	}
}

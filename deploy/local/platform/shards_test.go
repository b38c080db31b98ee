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
// each is killed. No function loses more than two steps, and none is decided twice.
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
		checkSteps(t, name, decided(name))
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

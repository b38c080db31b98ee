package platform_test

import (
	"testing"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/event"
)

// TestReplicasAreStartedBeforeTheNextCall calls two functions every ten steps. The idler
// scales the active one to zero only after a longer time, so that the scaler must do it
// and must start it again. It scales the observed one to zero after a shorter time, so
// that only calls start it.
func TestReplicasAreStartedBeforeTheNextCall(t *testing.T) {
	// Until a start is measured, its time is a default. The usual default, for
	// containers, would be several steps here.
	w := start(t, gateway.Standard, map[string]string{"readiness_default": "200ms", "readiness_poll": "20ms"})
	w.deploy("active", "active", time.Hour)
	w.deploy("observed", "observe", 3*time.Second)
	const period, beats, most = 10 * time.Second, 8, 12
	var warmed, counted int
	// Calls in the middle of a step are counted in that step, whenever it is scraped.
	begin := time.Now().Truncate(time.Second).Add(1500 * time.Millisecond)
	for beat := 0; counted < beats; beat++ {
		if beat == most {
			t.Skipf("this machine decided in time before %d of %d calls only", counted, most)
		}
		due := begin.Add(time.Duration(beat) * period)
		until(t, "the next beat is due", func() bool { return !time.Now().Before(due) })
		cold := w.call("active")
		w.call("observed")
		if !w.inTime("active", due) {
			continue
		}
		counted++
		raised := w.decided("active", func(d event.Decision) bool {
			return d.Current == 0 && d.Applied > 0 && d.Time.After(due.Add(-period)) && d.Time.Before(due)
		})
		if len(raised) > 0 && !cold {
			warmed++
		}
	}
	if warmed < 3 {
		t.Errorf("of %d calls %d found replicas that the scaler had raised from zero before, want at least 3", beats, warmed)
		for _, d := range w.decided("active", func(event.Decision) bool { return true }) {
			t.Logf("step %d, %.2f s late: %d -> %d, applied %d: %s", d.Step-begin.Unix(), d.Time.Sub(time.Unix(d.Step, 0)).Seconds(), d.Current, d.Wanted, d.Applied, d.Reason)
		}
	}
	all := func(event.Decision) bool { return true }
	applied := func(d event.Decision) bool { return d.Applied >= 0 }
	if n := len(w.decided("observed", applied)); n > 0 {
		t.Errorf("%d decisions for the observed function were applied", n)
	}
	if wanted := w.decided("observed", func(d event.Decision) bool { return d.Wanted > d.Current }); len(wanted) == 0 {
		t.Error("the observed function has no decision that would have raised it")
	}
	for _, d := range append(w.decided("active", all), w.decided("observed", all)...) {
		if d.Reason == "" || d.Model == "" || d.Step == 0 {
			t.Fatalf("a decision without reason, model or step: %+v", d)
		}
	}
}

// inTime reports whether the decisions of the step of a call and of the step before came in
// the first half of their steps. The machine was too busy otherwise to start a replica in
// time.
func (w *world) inTime(function string, call time.Time) bool {
	return len(w.decided(function, func(d event.Decision) bool {
		late := d.Time.Sub(time.Unix(d.Step, 0))
		return (d.Step == call.Unix() || d.Step == call.Unix()-1) && late < time.Second/2
	})) == 2
}

// The community edition clamps to 1..5 and refuses the label scale.zero.
func TestTheSuiteRunsOnTheCommunityEdition(t *testing.T) {
	w := start(t, gateway.Community, nil)
	image, err := w.Image("workload")
	if err != nil {
		t.Fatal(err)
	}
	w.put(deployment("idle", image, "active"))
	until(t, "it is decided to keep what the edition cannot release", func() bool {
		return len(w.decided("idle", func(d event.Decision) bool { return d.Wanted == 1 && d.Current == 1 })) > 5
	})
	if _, desired := w.replicas("idle"); desired != 1 {
		t.Errorf("%d replicas, want 1", desired)
	}
	if n := len(w.decided("idle", func(d event.Decision) bool { return d.Applied >= 0 })); n > 0 {
		t.Errorf("%d decisions were applied that the edition does not allow", n)
	}
}

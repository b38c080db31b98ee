package history

import (
	"fmt"
	"slices"
	"testing"

	"prewarm/shared/event"
)

// The idler takes the replica three times, and the autoscaler once. Where a call comes in
// the step that begins then, it finds none.
func TestSetBacksAreCountedByControllerWithWhatTheyCost(t *testing.T) {
	var h History
	h.AddForecast(constant(origin, 0, 0))
	needs := []int32{1, 1, 1, 0, 1}
	by := []string{"idler", "", "idler", "idler", "autoscaler"}
	for i := range needs {
		d := &event.Decision{Step: origin + int64(60*i), Current: 0, Applied: -1, Observed: -1, Inputs: event.Inputs{Max: 5}}
		if by[i] != "" {
			d.SetBack = &event.SetBack{By: by[i], From: 1}
		}
		h.AddDecision(d)
	}
	h.AddForecast(constant(origin+5*60, 0, 0, needs...))
	if got, want := h.SetBacks(60), []SetBack{{"idler", 3, 2}, {"autoscaler", 1, 1}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := h.SetBacks(2), []SetBack{{"idler", 1, 0}, {"autoscaler", 1, 1}}; !slices.Equal(got, want) {
		t.Errorf("of the last two steps: got %+v, want %+v", got, want)
	}
	// Nothing is known yet of the step that begins now.
	h.AddDecision(&event.Decision{Step: origin + 5*60, Applied: -1, Observed: -1, SetBack: &event.SetBack{By: "idler"}})
	if got, want := h.SetBacks(1), []SetBack{{"idler", 1, 0}}; !slices.Equal(got, want) {
		t.Errorf("of a step without a need: got %+v, want %+v", got, want)
	}
	// A later decision for the same step replaces the first.
	h.AddDecision(&event.Decision{Step: origin + 4*60, Applied: -1, Observed: -1})
	if got := h.SetBacks(60); len(got) != 1 || got[0].By != "idler" {
		t.Errorf("got %+v", got)
	}
}

func TestNamesOfControllersAreBounded(t *testing.T) {
	var h History
	h.AddForecast(constant(origin, 0, 0))
	for i := range int64(300) {
		h.AddDecision(&event.Decision{Step: origin + 60*i, SetBack: &event.SetBack{By: fmt.Sprint("c-", i)}})
	}
	all := 0
	for _, s := range h.SetBacks(MaxSteps) {
		all += s.Count
	}
	if all != 300 || len(h.controllers) != maxControllers {
		t.Errorf("got %d set backs by %d controllers", all, len(h.controllers))
	}
}

func TestReplicasThatWereNotReadyAreColdStarts(t *testing.T) {
	for notReady, want := range map[int]int16{0: 1, 2: 3, 3: 4, 9: 4} {
		var h History
		h.AddForecast(constant(origin+60, 0, 0, 4))
		h.AddDecision(&event.Decision{Step: origin, Current: 1, Applied: 3, Observed: 3, Inputs: event.Inputs{NotReady: notReady}})
		if got := h.Columns().Cold[0]; got != want {
			t.Errorf("%d of three were not ready: got %d cold starts, want %d", notReady, got, want)
		}
	}
}

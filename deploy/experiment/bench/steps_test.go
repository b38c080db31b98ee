//go:build unix

package bench

import (
	"testing"
	"time"

	"prewarm/deploy/experiment/synthetic"
	"prewarm/shared/event"
)

// A step of a minute ends. Its windows and forecasts come, one function is raised, another one
// is held, and in between somebody else raises a third.
func TestDecisionsAndScaleCallsBelongToTheirStep(t *testing.T) {
	const end = 6000
	at := func(seconds float64) time.Time { return time.Unix(end, 0).Add(time.Duration(seconds * 1e9)) }
	b := newBook(event.NewKeys("", []byte("0123456789abcdef")), time.Minute, []string{"a.ns", "b.ns", "c.ns"})
	seal := func(at time.Time, decisions ...event.Decision) message {
		_, body, err := event.Seal(b.keys, event.TypeDecisions, end, "1", &event.Decisions{Decisions: decisions})
		if err != nil {
			t.Fatal(err)
		}
		return message{at, body}
	}
	b.update(
		[]message{
			seal(at(3), decided("a.ns", end, 2), decided("b.ns", end, -1)),
			seal(at(70), decided("b.ns", end, -1), between("c.ns", end, 4), decided("other.ns", end, -1)),
			{at(80), []byte("forged")},
		},
		[]arrival{{at(1), event.TypeWindows, end}, {at(1.5), event.TypeWindows, end}, {at(2), event.TypeForecasts, end}},
		[]synthetic.Scale{
			{At: at(-5), Function: "a.ns", Replicas: 2}, // of the step before
			{At: at(2.5), Function: "a.ns", Replicas: 2},
			{At: at(30), Function: "c.ns", Replicas: 4},
		},
	)
	if b.whole(end) {
		t.Error("a step without a decision for c counts as whole")
	}
	r := &Result{}
	r.count(b, []int64{end})
	if r.Decided != 2 || r.Missing != 1 || r.Late != 0 || r.Repeated != 1 || r.Invalid != 1 || r.Scales != 1 {
		t.Errorf("got %+v", r)
	}
	if n := b.between(at(0), at(60)); n != 1 {
		t.Errorf("%d calls between steps, want that for c", n)
	}
	for name, pair := range map[string][2]float64{
		"last scale": {r.LastScale.Max, 2.5}, "first windows": {r.FirstWindow.Max, 1}, "last windows": {r.LastWindow.Max, 1.5},
		"last forecasts": {r.LastForecast.Max, 2}, "last decision": {r.LastDecision.Max, 3},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s %v s after the end of the step, want %v", name, pair[0], pair[1])
		}
	}
	unknown := decided("c.ns", end, -1)
	unknown.Inputs.RecentNeed = -1
	b.update([]message{seal(at(61), unknown)}, nil, nil)
	late := &Result{}
	if late.count(b, []int64{end}); !b.whole(end) || b.known(end) || late.Missing != 0 || late.Late != 1 || late.Unknown != 1 {
		t.Errorf("after the late decision: got %+v", late)
	}
}

// decided is a decision of a step. applied is -1 for none.
func decided(function string, step int64, applied int) event.Decision {
	return event.Decision{Function: function, Step: step, Applied: applied, Observed: -1}
}

// between is a raise between two steps.
func between(function string, step int64, applied int) event.Decision {
	d := decided(function, step, applied)
	d.Trigger, d.Wanted = event.TriggerWatch, applied
	return d
}

func TestTheStepOfAMessageIsReadFromItsEnvelope(t *testing.T) {
	_, body, err := event.Seal(event.NewKeys("", []byte("0123456789abcdef")), event.TypeWindows, 1234, "7", &event.Windows{})
	if err != nil {
		t.Skip(err) // an empty batch may be refused
	}
	if step, ok := stepOf(body); !ok || step != 1234 {
		t.Errorf("got %d, %v", step, ok)
	}
}

func FuzzStepOf(f *testing.F) {
	f.Add([]byte(`{"version":1,"step":60,"payload":{}}`))
	f.Add([]byte(`{"step":99999999999999999999}`))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, body []byte) {
		if step, ok := stepOf(body); ok && step < 0 {
			t.Errorf("got step %d", step)
		}
	})
}

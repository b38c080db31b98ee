package stories

import (
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// A pair is an actuator, which carries out what prewarm wants, and a controller beside it.
// The tables of the controllers say what each pair makes of these stories:
//
//   - constant: a load that never changes, and is expected.
//   - foreseen: every hour a larger load for ten minutes, and the predictor expects it.
//   - unforeseen: the same load, and the predictor expects the smaller one.
//   - sparse: a call every 20 minutes, which is expected. The idler's time is 15 minutes.
//   - zero: the same calls, with prewarm.zero and without the label scale.zero.
//   - room: the foreseen load, with min = max in the labels, and prewarm.max.
//   - absent: a larger load that is expected all the time, and does not come.
var loads = map[string]struct{ load, expects func(minute float64) int }{
	"constant":   {steps(0, 2), steps(0, 2)},
	"foreseen":   {hourly, hourly},
	"unforeseen": {hourly, steps(0, 1)},
	"sparse":     {sparse, likely},
	"zero":       {sparse, likely},
	"room":       {hourly, hourly},
	"absent":     {steps(0, 1), steps(0, 3)},
}

// hourly is 4 replicas in use from minute 30 to 40 of each hour, else 1.
func hourly(minute float64) int {
	if m := int(minute) % 60; minute >= 0 && m >= 30 && m < 40 {
		return 4
	}
	return 1
}

// sparse is a call of twelve seconds that begins ten seconds after every 20th minute.
func sparse(minute float64) int {
	second := int(60*minute+0.5) % 1200
	if minute >= 1 && second >= 10 && second < 22 {
		return 1
	}
	return 0
}

// likely is what the predictor expects of the minutes of sparse.
func likely(minute float64) int {
	if m := int(minute + 0.001); m > 0 && m%20 == 0 {
		return 1
	}
	return 0
}

// pair is one row of a table.
type pair struct {
	actuator, story string
	end             int    // replicas after three hours and a quarter
	cold            int    // times at which the load grew and too few replicas were ready
	by              string // controller that the decisions name as the one that set back
}

// run plays the story of a pair. beside starts the controller.
func (p pair) run(t *testing.T, beside func(w *world)) *world {
	w := newWorld(t, 1, p.actuator)
	w.load, w.expects = loads[p.story].load, loads[p.story].expects
	w.labels[openfaas.LabelMax] = "5"
	switch p.story {
	case "constant":
		w.born = append(w.born, w.born[0])
	case "zero":
		w.notes[openfaas.AnnotationZero] = "true"
	case "room":
		w.labels[openfaas.LabelMax], w.notes[openfaas.AnnotationMax] = "1", "5"
	}
	w.withGateway()
	beside(w)
	w.withActuator(p.actuator)
	w.run(3*time.Hour + 15*time.Minute)
	return w
}

// withActuator starts what follows prewarm.
func (w *world) withActuator(name string) {
	switch openfaas.Actuator(name) {
	case openfaas.ActuatorOpenFaaS:
		w.labels[openfaas.LabelType], w.labels[openfaas.LabelTarget], w.labels[openfaas.LabelTargetProportion] = openfaas.TypePrewarm, "1", "1"
		w.withAutoscaler()
	case openfaas.ActuatorHPA:
		w.withHPA(likeTheExample(1, 5))
	case openfaas.ActuatorKEDA:
		least := 1
		if w.notes[openfaas.AnnotationZero] == "true" || w.labels[openfaas.LabelZero] == "true" {
			least = 0
		}
		w.withKEDA(least)
	}
}

// expect plays all pairs of a controller. Whatever the pair, prewarm does not fight, and leaves
// the scale to the actuator if that is another one.
func expect(t *testing.T, beside func(w *world), pairs []pair) {
	for _, p := range pairs {
		t.Run(p.actuator+" "+p.story, func(t *testing.T) {
			w := p.run(t, beside)
			if w.replicas() != p.end || w.cold != p.cold {
				t.Errorf("%d replicas at the end, missing %d times; want %d and %d", w.replicas(), w.cold, p.end, p.cold)
			}
			if by := w.setBack(); p.by == "" && by != nil || p.by != "" && !slices.Equal(by, []string{p.by}) {
				t.Errorf("the decisions name %q as who sets back, want %q", by, p.by)
			}
			if p.by != "" && !w.reasoned(p.by) {
				t.Errorf("no reason names %s", p.by)
			}
			expectNoFight(t, w, p.by)
			if n := w.by("scaler"); n > 0 && (p.actuator == "hpa" || p.actuator == "keda") {
				t.Errorf("the scaler scaled %d times", n)
			}
			if t.Failed() {
				t.Logf("changes %v; last decision %+v", w.changes, w.decided[len(w.decided)-1])
			}
		})
	}
}

// expectNoFight checks that prewarm sets again at most once per hour what was undone: two
// numbers an hour, and one if the controller is known and sure to undo it again.
func expectNoFight(t *testing.T, w *world, by string) {
	t.Helper()
	most := 2
	if by == openfaas.Idler || by == openfaas.Autoscaler {
		most = 1
	}
	at := w.undone()
	for i := most; i < len(at); i++ {
		if at[i]-at[i-most] < time.Hour {
			t.Errorf("more than %d numbers within an hour were undone: %v", most, at)
		}
	}
}

// spoken are the names of controllers within a reason.
var spoken = map[string]string{
	openfaas.Idler: "the idler (15m) took", openfaas.Autoscaler: "OpenFaaS' autoscaler set",
	openfaas.AlertManager: "AlertManager set", openfaas.ControllerUnknown: "another controller set",
}

// reasoned reports whether the reason of a decision says what a controller has done.
func (w *world) reasoned(by string) bool {
	return slices.ContainsFunc(w.decided, func(d event.Decision) bool { return strings.Contains(d.Reason, spoken[by]) })
}

// setBack returns the controllers that the decisions name, each once.
func (w *world) setBack() (names []string) {
	for _, d := range w.decided {
		if d.SetBack != nil && !slices.Contains(names, d.SetBack.By) {
			names = append(names, d.SetBack.By)
		}
	}
	return names
}

// undone returns when the scaler set numbers that another controller undid: it began where the
// scaler had set the scale, and went the other way. What the gateway starts for a call undoes
// nothing.
func (w *world) undone() (at []time.Duration) {
	for i, c := range w.changes[:max(0, len(w.changes)-1)] {
		next := w.changes[i+1]
		if c.by == "scaler" && next.by != "scaler" && next.by != "gateway" && (c.to > c.from) != (next.to > next.from) {
			at = append(at, c.at)
		}
	}
	return at
}

package scaler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/schedule"
)

// morning is a period from 9 to 10 with at least three replicas.
const morning = `{timezone: UTC, start: 0 9 * * *, end: 0 10 * * *, minReplicaCount: 3}`

// newScheduled returns a world at a time of day, with an active function of this schedule.
func newScheduled(t *testing.T, at, text string) *world {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Annotations[openfaas.AnnotationSchedule] = text
	w.set(at)
	return w
}

// set sets the clock to a time of the first day.
func (w *world) set(at string) {
	w.t.Helper()
	of, err := time.Parse("15:04:05", at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Truncate(24 * time.Hour).Add(of.Sub(of.Truncate(24 * time.Hour)))
}

// stepAtTime decides at a time, with a forecast that needs n replicas.
func (w *world) stepAtTime(at string, n int32) event.Decision {
	w.t.Helper()
	w.set(at)
	w.post(w.seal(w.forecast(name, n)), 200)
	return w.last()
}

// wants compares a decision with the wanted replicas and a part of its reason.
func wants(t *testing.T, d event.Decision, wanted int, reason string) {
	t.Helper()
	if d.Wanted != wanted || !strings.Contains(d.Reason, reason) {
		t.Errorf("%s: wanted %d, want %d by %q; %s", d.Time.Format("15:04:05"), d.Wanted, wanted, reason, d.Reason)
	}
}

func TestAScheduleKeepsReplicasInItsPeriod(t *testing.T) {
	w := newScheduled(t, "08:00:00", morning)
	wants(t, w.stepAtTime("08:58:00", 0), 0, ": release")
	wants(t, w.stepAtTime("08:59:00", 0), 3, "; at least 3 by the schedule from 09:00 until 2027-01-15 10:00 UTC (0 9 * * * UTC)")
	wants(t, w.stepAtTime("09:00:00", 0), 3, "; at least 3 by the schedule until 2027-01-15 10:00 UTC (0 9 * * * UTC)")
	wants(t, w.stepAtTime("09:30:00", 5), 5, "; the schedule wants at least 3 until 2027-01-15 10:00 UTC")
	wants(t, w.stepAtTime("09:59:00", 0), 3, "; at least 3 by the schedule until")
	wants(t, w.stepAtTime("10:00:00", 0), 1, "; limited to 1 by the scale-down rate")
	wants(t, w.stepAtTime("10:01:00", 0), 0, ": release")
	w.expectCalls(name+"=3", name+"=5", name+"=3", name+"=1", name+"=0")
}

func TestAfterAPeriodTheLabelsMinimumHoldsAgain(t *testing.T) {
	w := newScheduled(t, "08:00:00", morning)
	w.functions[name].Labels = map[string]string{openfaas.LabelMin: "2"}
	wants(t, w.stepAtTime("09:10:00", 0), 3, "by the schedule")
	wants(t, w.stepAtTime("10:00:00", 0), 2, "; at least 2 by the function's limits")
}

// Pods that take 90 s are started two steps before the period.
func TestReplicasAreStartedAheadByTheirStartTime(t *testing.T) {
	w := newScheduled(t, "08:00:00", morning)
	w.scaler.starts.cfg.Readiness = 90 * time.Second
	wants(t, w.stepAtTime("08:57:00", 0), 0, ": release")
	wants(t, w.stepAtTime("08:58:00", 0), 3, "by the schedule from 09:00")
}

// KEDA takes 45 s longer to act.
func TestAnotherActuatorGetsTheScheduleAheadByItsDelay(t *testing.T) {
	w := newScheduled(t, "08:00:00", morning)
	w.scaler.cfg.Delay = 75 * time.Second
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "keda"
	wants(t, w.stepAtTime("08:57:00", 0), 0, ": release")
	wants(t, w.stepAtTime("08:58:00", 0), 3, "by the schedule from 09:00")
	if line := `prewarm_wanted_replicas{function_name="hello.openfaas-fn"} 3`; !strings.Contains(w.exported(), line+"\n") {
		t.Errorf("%s is missing", line)
	}
	w.expectCalls()
}

func TestAScheduleActsInModeActiveAlone(t *testing.T) {
	for mode, want := range map[openfaas.Mode]int{openfaas.ModeObserve: 1, openfaas.ModeOff: 0} {
		w := newScheduled(t, "09:10:00", morning)
		w.functions[name].Annotations[openfaas.AnnotationMode] = string(mode)
		w.post(w.seal(w.forecast(name, 0)), 200)
		w.expectCalls()
		if len(w.decisions()) != want {
			t.Errorf("%s: %d decisions, want %d", mode, len(w.decisions()), want)
		}
		if want > 0 {
			wants(t, w.last(), 3, "by the schedule")
		}
	}
	w := newScheduled(t, "09:10:00", morning)
	w.paused = true
	wants(t, w.stepAtTime("09:10:00", 0), 0, "paused by the operator; ")
	w.expectCalls()
	w.paused = false
	wants(t, w.stepAtTime("09:11:00", 0), 3, "by the schedule")
	w.expectCalls(name + "=3")
}

func TestAnUnreadableScheduleHoldsItsFunctionAlone(t *testing.T) {
	w := newScheduled(t, "09:10:00", strings.Replace(morning, "0 9 * * *", "0 29 * * *", 1))
	other := "other.openfaas-fn"
	w.deploy(other, 0, openfaas.ModeActive).Annotations[openfaas.AnnotationSchedule] = morning
	w.post(w.seal(w.forecast(name, 2), w.forecast(other, 0)), 200)
	w.expectCalls(other + "=3")
	for _, d := range w.decisions() {
		if d.Function == other {
			continue
		}
		wants(t, d, 2, `settings: prewarm.schedule[0].start must be a cron expression of five fields, such as 0 8 * * 1-5, was: "0 29 * * *"`)
		if d.Mode != string(openfaas.ModeObserve) || !strings.Contains(d.Reason, ": observed only; ") {
			t.Errorf("got %+v", d)
		}
	}
	// As soon as it is corrected, it holds.
	w.functions[name].Annotations[openfaas.AnnotationSchedule] = morning
	w.set("09:11:00")
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.expectCalls(other+"=3", name+"=3")
}

// The mode that the operator sets does not make an unreadable schedule act, and off stays off.
func TestAnUnreadableScheduleIsObservedAtMost(t *testing.T) {
	w := newScheduled(t, "09:10:00", "at night")
	w.modes = map[string]event.Mode{name: {Mode: "active"}}
	wants(t, w.stepAtTime("09:10:00", 2), 2, "settings: prewarm.schedule must be a list of periods")
	w.expectCalls()
	w.modes = nil
	w.functions[name].Annotations[openfaas.AnnotationMode] = string(openfaas.ModeOff)
	decided := len(w.decisions())
	if w.stepAtTime("09:11:00", 2); len(w.decisions()) != decided {
		t.Errorf("got %+v", w.last())
	}
}

func TestTheDefaultScheduleIsForFunctionsWithoutOne(t *testing.T) {
	w := newScheduled(t, "09:10:00", "")
	var err error
	if w.scaler.cfg.Schedule, err = schedule.Parse(scheduleKey, morning); err != nil {
		t.Fatal(err)
	}
	own, none := "own.openfaas-fn", "none.openfaas-fn"
	w.deploy(own, 0, openfaas.ModeActive).Annotations[openfaas.AnnotationSchedule] = strings.Replace(morning, ": 3", ": 2", 1)
	w.deploy(none, 0, openfaas.ModeActive).Annotations[openfaas.AnnotationSchedule] = "[]"
	w.post(w.seal(w.forecast(name, 0), w.forecast(own, 0), w.forecast(none, 0)), 200)
	got := map[string]int{}
	for _, d := range w.decisions() {
		got[d.Function] = d.Wanted
	}
	if got[name] != 3 || got[own] != 2 || got[none] != 0 {
		t.Errorf("got %v", got)
	}
}

func TestTheLabelsMaximumAndOtherControllersBoundTheSchedule(t *testing.T) {
	w := newScheduled(t, "09:10:00", strings.Replace(morning, ": 3", ": 9", 1))
	w.functions[name].Labels[openfaas.LabelMax] = "7"
	wants(t, w.stepAtTime("09:10:00", 0), 7, "; at least 9 by the schedule until 2027-01-15 10:00 UTC (0 9 * * * UTC); at most 7 by the function's limits")
	// The gateway of the community edition sets five at most.
	w = newScheduled(t, "09:10:00", strings.Replace(morning, ": 3", ": 9", 1))
	w.most = 5
	wants(t, w.stepAtTime("09:10:00", 0), 9, "by the schedule")
	wants(t, w.stepAtTime("09:11:00", 0), 5, "another controller set 9 back to 5: at most 5")
	wants(t, w.stepAtTime("09:12:00", 0), 5, "another controller set 9 back to 5: at most 5")
	w.expectCalls(name + "=9")
}

// Prometheus does not answer when the period begins and ends.
func TestAScheduleHoldsWithoutData(t *testing.T) {
	w := newScheduled(t, "08:00:00", `{timezone: UTC, start: 0 9 * * *, end: 0 10 * * *, minReplicaCount: 3, maxReplicaCount: 4}`)
	w.functions[name].Replicas = 6
	unknown := func(at string) event.Decision {
		w.set(at)
		f := w.forecast(name, 0)
		f.Recent = []int32{-1}
		w.post(w.seal(f), 200)
		return w.last()
	}
	wants(t, unknown("08:59:00"), 6, "the last step has no data: hold; the schedule wants at least 3 from 09:00 until")
	wants(t, unknown("09:00:00"), 4, "the last step has no data: hold; at most 4 by the schedule until")
	w.functions[name].Replicas = 1
	wants(t, unknown("09:01:00"), 3, "the last step has no data: hold; at least 3 by the schedule until")
	wants(t, unknown("10:00:00"), 3, "the last step has no data: hold")
}

// A burst of nine calls between two steps gets as many replicas as the period allows.
func TestARaiseBetweenTwoStepsKeepsToTheSchedule(t *testing.T) {
	w := newWatched(t, 2)
	at := w.now.UTC()
	w.functions[name].Annotations[openfaas.AnnotationSchedule] = fmt.Sprintf(`{timezone: UTC, start: "0 %d * * *", duration: 1h, maxReplicaCount: 4}`, at.Hour())
	w.step(2, 0)
	w.look(9)
	w.expectCalls(name + "=4")
	if d := w.last(); d.Trigger != event.TriggerWatch || !strings.Contains(d.Reason, "9 needed; each serves 1 at a time; at most 4 by the schedule until") {
		t.Errorf("got %+v", d)
	}
	w.look(9)
	w.expectCalls(name + "=4")
}

func TestAWrongDefaultScheduleStopsTheScaler(t *testing.T) {
	for text, want := range map[string]string{
		morning: "", "": "", "  ": "",
		"always": "default_schedule must be a list of periods",
		strings.Replace(morning, "UTC", "Utopia", 1): `default_schedule[0].timezone must be a time zone of the IANA database, such as Europe/Berlin or UTC, was: "Utopia"`,
	} {
		r := config.NewReader(func(key string) string {
			return map[string]string{scheduleKey: text, "secrets_dir": t.TempDir()}[key]
		})
		readSchedule(r)
		if got := fmt.Sprint(r.Err()); want == "" && r.Err() != nil || !strings.Contains(got, want) {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestFewSchedulesAreKept(t *testing.T) {
	var s schedules
	for i := range maxSchedules + 5 {
		if _, err := s.of(map[string]string{openfaas.AnnotationSchedule: fmt.Sprint(i)}, nil); err == nil {
			t.Fatal("a number is no schedule")
		}
	}
	if n := len(s.byText); n > maxSchedules {
		t.Errorf("%d texts are kept, at most %d are allowed", n, maxSchedules)
	}
}

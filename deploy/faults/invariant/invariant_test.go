package invariant

import (
	"slices"
	"testing"
	"time"

	"prewarm/shared/event"
)

const fn = "hello.openfaas-fn"

// first is the first checked step, in Unix seconds; a step is a minute.
const first = 1_800_000_000

// sound returns the log of five steps in which all went well: one replica is added in the
// second step and released in the fourth.
func sound() *Log {
	l := &Log{Step: time.Minute, Functions: []string{fn}}
	replicas := 0
	for i, wanted := range []int{0, 1, 1, 0, 0} {
		step := int64(first + 60*i)
		l.Collected(fn, step, true)
		d := event.Decision{Function: fn, Step: step, Current: replicas, Wanted: wanted, Applied: -1}
		if wanted != replicas {
			d.Applied = wanted
			l.Scales = append(l.Scales, Scale{At: time.Unix(step+1, 0), Function: fn, Before: replicas, Replicas: wanted, Answered: true})
		}
		l.Decide(time.Unix(step+2, 0), []event.Decision{d})
		replicas = wanted
	}
	return l
}

func rules(violations []Violation) (out []string) {
	for _, v := range violations {
		out = append(out, v.Rule)
	}
	return out
}

func TestASoundLogHasNoViolation(t *testing.T) {
	if got := sound().Check(first, first+240); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

// TestADoctoredLogIsFound: each row changes one thing in a sound log, and names what the check
// must find.
func TestADoctoredLogIsFound(t *testing.T) {
	broken := func(l *Log) { l.Broken = append(l.Broken, Span{time.Unix(first, 0), time.Unix(first+240, 0)}) }
	for name, c := range map[string]struct {
		doctor func(*Log)
		want   []string
	}{
		"a step is decided twice": {func(l *Log) { l.Decisions = append(l.Decisions, l.Decisions[2]) }, []string{Once}},
		"a step is decided twice while something is broken": {func(l *Log) {
			broken(l)
			l.Decisions = append(l.Decisions, l.Decisions[2])
		}, []string{Once}},
		"a step is missing":                                {func(l *Log) { l.Decisions = slices.Delete(l.Decisions, 2, 3) }, []string{Missing}},
		"a step is missing while something is broken":      {func(l *Log) { broken(l); l.Decisions = slices.Delete(l.Decisions, 2, 3) }, nil},
		"a function is never decided":                      {func(l *Log) { l.Functions = append(l.Functions, "other.openfaas-fn") }, []string{Missing, Missing, Missing, Missing, Missing}},
		"a scale-in rests on an unknown step":              {func(l *Log) { l.Decisions[3].Inputs.RecentNeed = -1 }, []string{Unfounded}},
		"a scale-in rests on an unknown step, broken":      {func(l *Log) { broken(l); l.Decisions[3].Inputs.RecentNeed = -1 }, []string{Unfounded}},
		"a scale-in rests on a window without its step":    {func(l *Log) { l.known[at(fn, first+180)] = false }, []string{Unfounded}},
		"a scale-out rests on an unknown step":             {func(l *Log) { l.Decisions[1].Inputs.RecentNeed = -1 }, nil},
		"a decision is applied on record alone":            {func(l *Log) { l.Scales = l.Scales[:1] }, []string{Unapplied}},
		"a decision is stored before its call":             {func(l *Log) { l.Scales[1].At = time.Unix(first+200, 0) }, []string{Unapplied, Twice}},
		"a call has no decision":                           {func(l *Log) { l.Decisions[1].Applied = -1 }, []string{Twice}},
		"a call has no decision while something is broken": {func(l *Log) { broken(l); l.Decisions[1].Applied = -1 }, nil},
		"a raise within a step, which has its call": {func(l *Log) {
			raise := event.Decision{Function: fn, Step: first + 60, Current: 1, Wanted: 3, Applied: 3, Trigger: event.TriggerWatch}
			l.Scales = append(l.Scales, Scale{At: time.Unix(first+80, 0), Function: fn, Before: 1, Replicas: 3, Answered: true})
			l.Decide(time.Unix(first+81, 0), []event.Decision{raise})
		}, nil},
		"a raise on record alone": {func(l *Log) {
			l.Decide(time.Unix(first+81, 0), []event.Decision{{Function: fn, Step: first + 60, Current: 1, Wanted: 3, Applied: 3, Trigger: event.TriggerWatch}})
		}, []string{Unapplied}},
		"a step has a raise and no decision": {func(l *Log) {
			l.Decisions[2].Trigger = event.TriggerWatch
		}, []string{Missing}},
		"a call is repeated while something is broken": {func(l *Log) {
			broken(l)
			again := l.Scales[0]
			again.Before = again.Replicas
			l.Scales = append(l.Scales, again)
		}, []string{Twice}},
	} {
		l := sound()
		c.doctor(l)
		if got := rules(l.Check(first, first+240)); !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v, want %v", name, got, c.want)
		}
	}
}

func TestHealedMeansTheNewestStepIsKnown(t *testing.T) {
	l := sound()
	for offset, want := range map[int64]bool{240: true, 299: true, 300: false} {
		if got := l.Healed(time.Unix(first+240, 0), time.Unix(first+offset, 0)); got != want {
			t.Errorf("%d s after the begin: healed is %v, want %v", offset, got, want)
		}
	}
	if l.Healed(time.Unix(first+245, 0), time.Unix(first+250, 0)) {
		t.Error("healed by a decision from before the end of the faults")
	}
	l.Decisions[4].Inputs.RecentNeed = -1
	if l.Healed(time.Unix(first, 0), time.Unix(first+250, 0)) {
		t.Error("healed with an unknown last step")
	}
}

func TestOtherReplicasThanWithoutFaultsAreNamed(t *testing.T) {
	want := map[string]int{"a": 1, "b": 2, "c": 0}
	if got := Differ(map[string]int{"a": 1, "b": 2, "c": 0}, want); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	got := Differ(map[string]int{"a": 1, "b": 3}, want)
	if len(got) != 2 || got[0].Function != "b" || got[1].Function != "c" {
		t.Errorf("got %v, want b, which differs, and c, which is gone", got)
	}
}

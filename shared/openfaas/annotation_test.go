package openfaas_test

import (
	"slices"
	"strings"
	"testing"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// annotated returns a function with the annotations, given as key and value in turn.
func annotated(pairs ...string) openfaas.Function {
	f := openfaas.Function{Name: "a.fn", Annotations: map[string]string{}, Labels: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		f.Annotations[pairs[i]], f.Labels[pairs[i]] = pairs[i+1], pairs[i+1]
	}
	return f
}

func TestOnlyOffIsReadInAnyLetterCase(t *testing.T) {
	for text, want := range map[string]openfaas.Mode{
		"": openfaas.ModeActive, " ": openfaas.ModeActive, // the default of this test
		"off": openfaas.ModeOff, " Off ": openfaas.ModeOff, "OFF": openfaas.ModeOff,
		"observe": openfaas.ModeObserve, "active": openfaas.ModeActive, " active ": openfaas.ModeActive,
	} {
		if got, err := annotated(openfaas.AnnotationMode, text).Mode(openfaas.ModeActive); got != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"Active", "on", "offf", strings.Repeat("x", 1000)} {
		got, err := annotated(openfaas.AnnotationMode, text).Mode(openfaas.ModeActive)
		if got != openfaas.ModeObserve || err == nil || !strings.HasPrefix(err.Error(), "prewarm.mode must be one of off, observe, active, was: ") || len(err.Error()) > 150 {
			t.Errorf("%q: got %q, %v, want a short error and to observe", text, got, err)
		}
	}
}

func TestBoundsAreThoseOfOpenFaaS(t *testing.T) {
	for _, c := range []struct {
		name   string
		labels []string
		want   openfaas.Bounds
		fails  bool
	}{
		{"no labels", nil, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, false},
		{"all labels", []string{openfaas.LabelMin, "2", openfaas.LabelMax, "7", openfaas.LabelZero, "true"}, openfaas.Bounds{Min: 0, MinActive: 2, Max: 7}, false},
		{"a least of 0 counts as 1", []string{openfaas.LabelMin, "0"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, false},
		{"a least above the default most raises it", []string{openfaas.LabelMin, "30"}, openfaas.Bounds{Min: 30, MinActive: 30, Max: 30}, false},
		{"a most below the least is refused", []string{openfaas.LabelMin, "9", openfaas.LabelMax, "3"}, openfaas.Bounds{Min: 9, MinActive: 9, Max: 20}, true},
		{"a number that is none is refused", []string{openfaas.LabelMin, "few"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, true},
		{"an unreadable zero does not scale to zero", []string{openfaas.LabelZero, "maybe"}, openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}, false},
	} {
		if got, err := annotated(c.labels...).Bounds(); got != c.want || (err != nil) != c.fails {
			t.Errorf("%s: got %+v, %v, want %+v, error %v", c.name, got, err, c.want, c.fails)
		}
	}
}

func TestAnUnreadableValueMeansObserveAndIsNamed(t *testing.T) {
	def := openfaas.Scaling{Mode: openfaas.ModeActive, CostRatio: 0.1, Concurrency: 2}
	for key, text := range map[string]string{
		openfaas.AnnotationMode: "on", openfaas.AnnotationActuator: "me", openfaas.AnnotationCostRatio: "1",
		openfaas.AnnotationConcurrency: "NaN", openfaas.LabelMax: "0",
	} {
		got, err := annotated(key, text).Scaling(def)
		want := openfaas.Scaling{Mode: openfaas.ModeObserve, Actuator: openfaas.ActuatorGateway, CostRatio: 0.1, Concurrency: 2}
		want.Bounds = openfaas.Bounds{Min: 1, MinActive: 1, Max: 20}
		want.Labels = want.Bounds
		if got != want || err == nil || !strings.HasPrefix(err.Error(), key+" must be ") {
			t.Errorf("%s %q: got %+v, %v, want %+v", key, text, got, err, want)
		}
	}
	got, err := annotated(openfaas.AnnotationMode, "off", openfaas.AnnotationCostRatio, "cheap", openfaas.LabelMin, "few").Scaling(def)
	if got.Mode != openfaas.ModeOff || err == nil || !strings.Contains(err.Error(), "cheap") || !strings.Contains(err.Error(), "few") {
		t.Errorf("a function that is off stays off: got %+v, %v", got, err)
	}
}

func TestAReplicaModelHasABoundedName(t *testing.T) {
	long := strings.Repeat("n", event.MaxModelName)
	for text, want := range map[string]string{"": "", " sleep-40ms ": "sleep-40ms", long: long} {
		if got, err := annotated(openfaas.AnnotationReplicaModel, text).ReplicaModel(); got != want || err != nil {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if got, err := annotated(openfaas.AnnotationReplicaModel, long+"n").ReplicaModel(); got != "" || err == nil {
		t.Errorf("a name that is too long: got %q, %v", got, err)
	}
}

// FuzzScaling reads labels and annotations with any text.
func FuzzScaling(f *testing.F) {
	f.Add("Off", "hpa", "0.2", "4", "2", "7", "true", "5m")
	f.Add("active", "gateway", " auto ", "1", "1", "5", "true", "5m")
	f.Add("on", "openfaas", "NaN", "-1", "9", "3", "", "soon")
	f.Fuzz(func(t *testing.T, mode, actuator, cost, concurrency, low, high, zero, idle string) {
		def := openfaas.Scaling{Mode: openfaas.ModeActive, CostRatio: 0.1, Concurrency: 1}
		s, err := annotated(openfaas.AnnotationMode, mode, openfaas.AnnotationActuator, actuator, openfaas.AnnotationCostRatio, cost,
			openfaas.AnnotationConcurrency, concurrency, openfaas.LabelMin, low, openfaas.LabelMax, high, openfaas.LabelZero, zero,
			openfaas.AnnotationMin, high, openfaas.AnnotationMax, low, openfaas.AnnotationZero, zero, openfaas.LabelZeroDuration, idle).Scaling(def)
		for _, b := range []openfaas.Bounds{s.Bounds, s.Labels} {
			if b.Min < 0 || b.Min > b.MinActive || b.MinActive < 1 || b.Max < b.MinActive {
				t.Errorf("bounds %+v", b)
			}
		}
		if s.Idle < 0 || (s.Idle > 0) != (s.Labels.Min == 0) {
			t.Errorf("idle %v with the label's least of %d", s.Idle, s.Labels.Min)
		}
		if auto := s.CostRatio == config.Auto; auto != (strings.TrimSpace(cost) == "auto") || !auto && !(s.CostRatio > 0 && s.CostRatio < 1) || !(s.Concurrency >= event.MinConcurrency && s.Concurrency <= event.MaxConcurrency) {
			t.Errorf("numbers %+v", s)
		}
		if err != nil && s.Mode == openfaas.ModeActive {
			t.Error("acts on labels or annotations that cannot be read")
		}
		if !slices.Contains([]openfaas.Actuator{openfaas.ActuatorGateway, openfaas.ActuatorHPA, openfaas.ActuatorKEDA, openfaas.ActuatorOpenFaaS}, s.Actuator) {
			t.Errorf("actuator %q", s.Actuator)
		}
	})
}

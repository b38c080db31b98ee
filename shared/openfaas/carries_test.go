package openfaas_test

import (
	"math"
	"net/http"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// The labels are those of examples in OpenFaaS' documentation, page "Auto-scaling your
// functions", with other sources beside them.
func TestAReplicaCarriesWhatItsOwnerSays(t *testing.T) {
	const kind, target, share = openfaas.LabelType, openfaas.LabelTarget, openfaas.LabelTargetProportion
	for _, c := range []struct {
		cause    string
		pairs    []string
		inflight int
		want     openfaas.Carries
	}{
		{"nothing is set", nil, 0, openfaas.Carries{Concurrency: 2}},
		{"50 calls/s at 90 %", []string{kind, "rps", target, "50", share, "0.90"}, 0, openfaas.Carries{2, 45, "com.openfaas.scale.target (rps)"}},
		{"rps and 90 % are the defaults", []string{target, " 50 "}, 0, openfaas.Carries{2, 45, "com.openfaas.scale.target (rps)"}},
		{"5 calls in flight", []string{kind, "capacity", target, "5", share, "1.0"}, 0, openfaas.Carries{5, 0, "com.openfaas.scale.target (capacity)"}},
		{"one call at a time, as documented", []string{kind, "capacity", target, "1", share, "0.95"}, 1, openfaas.Carries{1, 0, "com.openfaas.scale.target (capacity)"}},
		{"one queued call each", []string{kind, "queue", target, "1", share, "1"}, 1, openfaas.Carries{1, 0, "com.openfaas.scale.target (queue)"}},
		{"labels come before the environment and the annotation", []string{kind, "capacity", target, "10", openfaas.AnnotationConcurrency, "3"}, 7, openfaas.Carries{9, 0, "com.openfaas.scale.target (capacity)"}},
		{"a rate leaves the calls at a time to the environment", []string{target, "100", share, "0.7"}, 7, openfaas.Carries{7, 70, "com.openfaas.scale.target (rps)"}},
		{"the environment comes before the annotation", []string{openfaas.AnnotationConcurrency, "3"}, 7, openfaas.Carries{7, 0, "max_inflight"}},
		{"the annotation comes last", []string{openfaas.AnnotationConcurrency, "3"}, 0, openfaas.Carries{3, 0, ""}},
		{"the default target is nobody's statement", []string{kind, "capacity", share, "0.5"}, 0, openfaas.Carries{2, 0, ""}},
		{"milli-CPU say nothing of calls", []string{kind, "cpu", target, "1000", share, "much"}, 0, openfaas.Carries{2, 0, ""}},
		{"prewarm is followed, it does not follow", []string{kind, openfaas.TypePrewarm, target, "1"}, 0, openfaas.Carries{2, 0, ""}},
		{"a custom rule", []string{kind, "latency", target, "0.5"}, 0, openfaas.Carries{2, 0, ""}},
	} {
		f := annotated(c.pairs...)
		f.MaxInflight = c.inflight
		got, err := f.Carries(2)
		if math.Abs(got.CallsPerReplica-c.want.CallsPerReplica) > 1e-9 || got.Concurrency != c.want.Concurrency || got.By != c.want.By || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", c.cause, got, err, c.want)
		}
		if len(got.By) > event.MaxCarriesBy {
			t.Errorf("%s: %q has more than %d bytes", c.cause, got.By, event.MaxCarriesBy)
		}
	}
}

// An unreadable target is not guessed: the function is observed, with the reason.
func TestAnUnreadableTargetIsAnErrorOfTheFunction(t *testing.T) {
	for _, c := range []struct{ label, value, text string }{
		{openfaas.LabelTarget, "fifty", `com.openfaas.scale.target must be a number, was: "fifty"`},
		{openfaas.LabelTarget, "-1", "com.openfaas.scale.target must be between 0.01 and 1e+06, was: -1"},
		{openfaas.LabelTarget, "NaN", "com.openfaas.scale.target must be between"},
		{openfaas.LabelTargetProportion, "90%", `com.openfaas.scale.target-proportion must be a number, was: "90%"`},
		{openfaas.LabelTargetProportion, "90", "com.openfaas.scale.target-proportion must be between 0.01 and 10, was: 90"},
	} {
		f := annotated(openfaas.LabelTarget, "5", openfaas.AnnotationConcurrency, "3", c.label, c.value)
		if got, err := f.Carries(2); err == nil || !strings.Contains(err.Error(), c.text) || got != (openfaas.Carries{Concurrency: 3}) {
			t.Errorf("%s %q: got %+v, %v", c.label, c.value, got, err)
		}
		s, err := f.Scaling(openfaas.Scaling{Mode: openfaas.ModeActive, CostRatio: 0.1, Concurrency: 2})
		if err == nil || s.Mode != openfaas.ModeObserve || s.Concurrency != 3 {
			t.Errorf("%s %q: scaling %+v, %v", c.label, c.value, s, err)
		}
	}
}

func FuzzCarries(f *testing.F) {
	f.Add("rps", "50", "0.9", "", 0)
	f.Add("capacity", "1", "0.95", "4", 1)
	f.Add("queue", "1e-300", "Inf", "x", -1)
	f.Fuzz(func(t *testing.T, kind, target, share, concurrency string, inflight int) {
		fn := annotated(openfaas.LabelType, kind, openfaas.LabelTarget, target, openfaas.LabelTargetProportion, share, openfaas.AnnotationConcurrency, concurrency)
		fn.MaxInflight = inflight
		got, _ := fn.Carries(1)
		w := event.FunctionWindow{Function: "a.fn", InFlight: -1, Concurrency: got.Concurrency, CallsPerReplica: got.CallsPerReplica, CarriesBy: got.By}
		w.StepSeconds, w.Counts = 1, []int32{0}
		if err := (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate(); err != nil {
			t.Error(err)
		}
	})
}

// faasd shows the environment of a function, faas-netes does not.
func TestTheLimitOfCallsIsReadFromTheEnvironment(t *testing.T) {
	for environment, want := range map[string]int{
		`{"max_inflight":"4"}`: 4, `{"max_inflight":"0"}`: 0, `{"max_inflight":"-1"}`: 0, `{"max_inflight":"few"}`: 0, `{}`: 0,
	} {
		body := `[{"name":"f","replicas":1,"envVars":` + environment + `}]`
		list, err := serve(t, map[string]http.HandlerFunc{"GET /system/functions": text(200, body)}).List(t.Context())
		if err != nil || list[0].MaxInflight != want {
			t.Errorf("%s: got %+v, %v", environment, list, err)
		}
	}
}

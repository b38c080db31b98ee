package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/types"
)

func TestQuantitiesAreThoseOfKubernetes(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "1": 1, "0.5": 0.5, "500m": 0.5, "128Mi": 128 << 20, "1Gi": 1 << 30, "1e3": 1000, "2E": 2e18, "1.5k": 1500,
	} {
		if got, err := parseQuantity(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "1mb", "1 Mi", "Mi", "1.", ".5", "NaN", "8Ei", "1e99", strings.Repeat("1", 100)} {
		if got, err := parseQuantity(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

// TestGoUsesAsManyCoresAsInAContainer: the rule is that of the runtime.
func TestGoUsesAsManyCoresAsInAContainer(t *testing.T) {
	for _, row := range []struct {
		limit float64
		cores int
		want  int
	}{{0, 8, 0}, {0.5, 8, 2}, {0.5, 2, 0}, {2.5, 8, 3}, {8, 8, 0}, {100, 8, 0}} {
		if got := procs(row.limit, row.cores); got != row.want {
			t.Errorf("limit %v on %d cores: got %d, want %d", row.limit, row.cores, got, row.want)
		}
	}
}

func TestWrongLimitsAreRefused(t *testing.T) {
	f := start(t, nil)
	c := newCLI(f, t)
	for want, d := range map[string]types.FunctionDeployment{
		`limits.memory must be a quantity such as 500m or 512Mi, was: "much"`: {Limits: &types.FunctionResources{Memory: "much"}},
		`requests.cpu must be a quantity`:                                     {Requests: &types.FunctionResources{CPU: "-1"}},
		`requests.memory must be at most limits.memory (64Mi), was: 1Gi`: {
			Limits: &types.FunctionResources{Memory: "64Mi"}, Requests: &types.FunctionResources{Memory: "1Gi"}},
		`annotation com.openfaas.health.http.periodSeconds must be a duration`: {
			Annotations: &map[string]string{"com.openfaas.health.http.periodSeconds": "often"}},
	} {
		d.Service, d.Image = "hello", testImage
		if code, output := c.deploy(d); code != http.StatusBadRequest || !strings.Contains(output, want) {
			t.Errorf("want %s, got %d %s", want, code, output)
		}
	}
}

// What is honoured of the limits and of the annotations of health reaches the replicas.
func TestLimitsAndProbesReachTheReplicas(t *testing.T) {
	d := types.FunctionDeployment{
		Service: "hello", Image: testImage, Limits: &types.FunctionResources{Memory: "64Mi", CPU: "500m"},
		Annotations: &map[string]string{"com.openfaas.health.http.periodSeconds": "5", "com.openfaas.health.http.initialDelay": "30s"},
	}
	f := start(t, nil)
	s, err := newSettings(d, nil, Standard)
	if err != nil {
		t.Fatal(err)
	}
	spec := f.spec(deployment{FunctionDeployment: d, settings: s})
	if spec.MemoryLimit != 64<<20 || spec.LivenessPeriod.String() != "5s" || spec.LivenessDelay.String() != "30s" {
		t.Errorf("got %+v", spec)
	}
}

func FuzzParseQuantity(f *testing.F) {
	for _, text := range []string{"500m", "1.5Gi", "1e9", "-1", "9223372036854775808"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseQuantity(text); err == nil && !(n >= 0 && n <= 1<<62) {
			t.Errorf("%q: %v", text, n)
		}
	})
}

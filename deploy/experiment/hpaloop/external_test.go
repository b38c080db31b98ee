package hpaloop

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/local/controller"
)

// TestTheQueryIsThatOfTheAdapter fills in the template of prometheus-adapter.
func TestTheQueryIsThatOfTheAdapter(t *testing.T) {
	values, err := os.ReadFile("../../kubernetes/values/prometheus-adapter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, template, _ := strings.Cut(string(values), "metricsQuery: >-")
	template = strings.Join(strings.Fields(template), " ")
	want := strings.NewReplacer("<<.Series>>", "prewarm_wanted_replicas", "<<.LabelMatchers>>", `function_name!=""`).Replace(template)
	if got := Query(5 * time.Minute); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
}

// TestTheBehaviourIsThatOfTheExample compares with examples/hpa.yaml.
func TestTheBehaviourIsThatOfTheExample(t *testing.T) {
	example, err := os.ReadFile("../../kubernetes/examples/hpa.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, down, _ := strings.Cut(string(example), "scaleDown:")
	for _, want := range []string{"averageUtilization: 70", `averageValue: "1"`, "type: Percent", "value: 1000", "periodSeconds: 15"} {
		if !strings.Contains(string(example), want) {
			t.Errorf("the example does not have: %s", want)
		}
	}
	c := Example(1, 10)
	if !strings.Contains(down, "stabilizationWindowSeconds: 60") || c.Down.Window != time.Minute || Target != 0.7 {
		t.Errorf("down after %v, at %v, unlike the example", c.Down.Window, Target)
	}
	if p := c.Up.Policies; len(p) != 1 || p[0].Percent != 1000 || p[0].Period != 15*time.Second {
		t.Errorf("up by %+v, unlike the example", p)
	}
}

func TestWantedAsksTheStore(t *testing.T) {
	answers := map[string]string{
		"good": `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"function_name":"a.ns"},"value":[1.5,"3"]},{"metric":{"function_name":"b.ns"},"value":[1.5,"0"]}]}}`,
		"none": `{"status":"success","data":{"resultType":"vector","result":[]}}`,
		"nan":  `{"data":{"resultType":"vector","result":[{"metric":{"function_name":"a.ns"},"value":[1,"NaN"]}]}}`,
		"less": `{"data":{"resultType":"vector","result":[{"metric":{"function_name":"a.ns"},"value":[1,"-1"]}]}}`,
		"rank": `{"data":{"resultType":"scalar","result":[1,"3"]}}`,
	}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.FormValue("query")]
		if !ok {
			http.Error(w, "unknown query", http.StatusUnprocessableEntity)
		}
		_, _ = w.Write([]byte(body))
	}))
	defer store.Close()
	at := controller.HTTPStore{URL: func() string { return store.URL }, Client: store.Client()}
	for query, want := range map[string]map[string]float64{"good": {"a.ns": 3, "b.ns": 0}, "none": {}} {
		if got, err := Wanted(at, query)(t.Context()); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %v, %v", query, got, err)
		}
	}
	for query, want := range map[string]string{"nan": "finite replicas", "less": "finite replicas", "rank": "", "other": "422"} {
		if _, err := Wanted(at, query)(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", query, err)
		}
	}
}

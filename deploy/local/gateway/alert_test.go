package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// alert sends AlertManager's webhook with one alert for each function.
func (f *fixture) alert(status string, functions ...string) {
	f.t.Helper()
	var alerts []string
	for _, function := range functions {
		alerts = append(alerts, `{"status":"`+status+`","labels":{"alertname":"APIHighInvocationRate","function_name":"`+function+`"}}`)
	}
	body := `{"status":"` + status + `","receiver":"scale-up","alerts":[` + strings.Join(alerts, ",") + `]}`
	if got := f.system(http.MethodPost, "/system/alert", body); got.code != http.StatusOK {
		f.t.Fatalf("alert: %d %s", got.code, got.body)
	}
}

func (f *fixture) wantReplicas(name, why string, want uint64) {
	f.t.Helper()
	if got := f.status(name).Replicas; got != want {
		f.t.Errorf("%s: got %d replicas, want %d", why, got, want)
	}
}

func TestAlertsScaleUpAndBack(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello(labelMin, "2", labelMax, "10")) // 20 % of 10 are 2
	for _, want := range []uint64{4, 6, 8, 10, 10} {
		f.alert("firing", "hello.openfaas-fn")
		f.wantReplicas("hello", "firing", want)
	}
	f.alert("resolved", "hello.openfaas-fn")
	f.wantReplicas("hello", "resolved", 2)
}

// The step is ceil(5 * 20 %) = 1, and the labels have no more than 5.
func TestAlertsOfCommunityAddOneReplicaUpToFive(t *testing.T) {
	f := start(t, func(o *Options) { o.Edition = Community })
	f.deploy(hello())
	for _, want := range []uint64{2, 3, 4, 5, 5} {
		f.alert("firing", "hello.openfaas-fn")
		f.wantReplicas("hello", "firing", want)
	}
	f.alert("resolved", "hello.openfaas-fn")
	f.wantReplicas("hello", "resolved", 1)
}

// Replicas that somebody else has set are lost, whatever the factor.
func TestAnAlertReplacesTheReplicasOfOthers(t *testing.T) {
	for factor, want := range map[string]uint64{"100": 5, "0": 1} {
		f := start(t, func(o *Options) { o.Edition = Community })
		f.deploy(hello(labelFactor, factor))
		for status, want := range map[string]uint64{"firing": want, "resolved": 1, "": 1} {
			if err := f.client.ScaleFunction(context.Background(), "hello", Namespace, 3); err != nil {
				t.Fatal(err)
			}
			f.alert(status, "hello.openfaas-fn")
			f.wantReplicas("hello", "factor "+factor+", "+status, want)
		}
	}
}

// One alert that helps nobody must not keep the others from scaling.
func TestAlertsOfUnknownFunctionsAreLeftOut(t *testing.T) {
	f := start(t, nil)
	f.deploy(hello())
	f.alert("firing", "nope.openfaas-fn", "", "hello")
	f.wantReplicas("hello", "firing", 5)
}

func FuzzDecodeAlert(f *testing.F) {
	f.Add([]byte(`{"alerts":[{"status":"firing","labels":{"function_name":"hello"}}]}`))
	f.Add([]byte(`{"alerts":[{"labels":null}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decodeAlert(body); err != nil && statusOf(err) != http.StatusBadRequest {
			t.Errorf("status %d for %v", statusOf(err), err)
		}
	})
}

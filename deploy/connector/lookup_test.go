package connector

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAnAnswerThatIsNoListIsAnError(t *testing.T) {
	for _, body := range []string{"", "{}", "not found", `[{"name":`} {
		_, err := lookUp(context.Background(), GatewayConfig{URL: "http://gateway"}, listing(body))
		if err == nil {
			t.Errorf("%q was taken for a list of functions", body)
		}
	}
}

func FuzzTopicAnnotation(f *testing.F) {
	f.Add("prewarm.forecasts, prewarm.windows")
	f.Add("a, b,a ,,")
	f.Add(",,\x00,")
	f.Fuzz(func(t *testing.T, annotation string) {
		for topic, functions := range lookUpAnnotations(t, annotation) {
			if topic == "" || strings.Contains(topic, ",") || strings.TrimSpace(topic) != topic {
				t.Errorf("%q became the topic %q", annotation, topic)
			}
			for _, function := range functions {
				if function != "f.openfaas-fn" {
					t.Errorf("%q: the function %q", topic, function)
				}
			}
		}
	})
}

func FuzzFunctionList(f *testing.F) {
	f.Add(`[{"name":"f","annotations":{"topic":"a"}}]`)
	f.Add(`[{"name":1}]`)
	f.Fuzz(func(t *testing.T, body string) {
		functions, err := lookUp(context.Background(), GatewayConfig{URL: "http://gateway"}, listing(body))
		if err == nil && !json.Valid([]byte(body)) {
			t.Errorf("%q gave %v", body, functions)
		}
	})
}

// listing is a gateway that answers every request with its namespaces or body.
type listing string

func (l listing) RoundTrip(req *http.Request) (*http.Response, error) {
	body := string(l)
	if req.URL.Path == "/system/namespaces" {
		body = `["openfaas-fn"]`
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// lookUpAnnotations looks up one function with the annotation.
func lookUpAnnotations(t *testing.T, annotation string) map[string][]string {
	t.Helper()
	body, err := json.Marshal([]map[string]any{{"name": "f", "annotations": map[string]string{"topic": annotation}}})
	if err != nil {
		t.Fatal(err)
	}
	functions, err := lookUp(context.Background(), GatewayConfig{URL: "http://gateway"}, listing(body))
	if err != nil {
		t.Fatal(err)
	}
	return functions
}

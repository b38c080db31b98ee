package kubernetes

import (
	"slices"
	"strings"
	"testing"

	"github.com/openfaas/go-sdk/stack"
)

// topics returns the subjects that functions of stack.yml have as topic.
func topics(t *testing.T) []string {
	services, err := stack.ParseYAMLFile(stackFile, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range services.Functions {
		if topic := (*f.Annotations)["topic"]; strings.HasPrefix(topic, "prewarm.") {
			all = append(all, topic)
		}
	}
	return all
}

// TestTheStockConnectorReachesNATSAndItsTopics checks the values against the manifests.
func TestTheStockConnectorReachesNATSAndItsTopics(t *testing.T) {
	values := render(t, "values/nats-connector.yaml")[0]
	got, want := strings.Split(values.text("topics"), ","), topics(t)
	slices.Sort(got)
	slices.Sort(want)
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("topics %q, want those of stack.yml: %q", got, want)
	}
	service, admitted := false, false
	for _, o := range render(t, "overlays/community") {
		service = service || o.text("kind") == "Service" && o.text("metadata", "name")+"."+o.text("metadata", "namespace") == values.text("broker_host")
		admitted = admitted || o.name() == "NetworkPolicy prewarm-nats" && admits(o, pod{"openfaas", map[string]any{"app": "nats-connector", "component": "nats-connector"}}, 4222)
	}
	if !service || !admitted {
		t.Errorf("the address is a service: %v; the policy admits the labels of the chart: %v", service, admitted)
	}
}

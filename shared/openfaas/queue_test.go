package openfaas_test

import (
	"testing"

	"prewarm/shared/openfaas"
)

func TestAQueueHasOneOwnerOrNone(t *testing.T) {
	functions := []openfaas.Function{{Name: "x.dev"}, {Name: "x.prod"}, {Name: "y.dev", Annotations: map[string]string{openfaas.AnnotationQueue: "q"}}}
	owners := openfaas.QueueOwners(functions)
	if owners["x"] != "" || owners["x.dev"] != "x.dev" || owners["q"] != "y.dev" || owners["y"] != "y.dev" {
		t.Errorf("got %v", owners)
	}
}

package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
)

// cluster answers the function lookup of templates from objects in memory.
type cluster struct {
	client dynamic.Interface
}

// newCluster returns a cluster with objects, which have apiVersion, kind and metadata.
func newCluster(objects []json.RawMessage) (cluster, error) {
	var all []runtime.Object
	for _, text := range objects {
		o := &unstructured.Unstructured{}
		if err := o.UnmarshalJSON(text); err != nil {
			return cluster{}, err
		}
		all = append(all, o)
	}
	return cluster{fake.NewSimpleDynamicClient(runtime.NewScheme(), all...)}, nil
}

// GetClientFor implements engine.ClientProvider. All kinds that the chart looks up are in a namespace.
func (c cluster) GetClientFor(apiVersion, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	resource, _ := meta.UnsafeGuessKindToResource(schema.FromAPIVersionAndKind(apiVersion, kind))
	return c.client.Resource(resource), true, nil
}

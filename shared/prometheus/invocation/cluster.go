package invocation

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// clusterLabels are the usual names of the label that tells clusters of one store apart.
var clusterLabels = []string{"cluster", "cluster_name", "k8s_cluster", "k8s_cluster_name", "kubernetes_cluster", "environment", "env", "region"}

// addCluster notes the labels of a series that name its cluster.
func (c *Chunk) addCluster(labels map[string]string) {
	for _, name := range clusterLabels {
		if v := labels[name]; v != "" {
			c.clusters[name+"="+strconv.Quote(v)] = true
		}
	}
}

// Clusters returns the values of a label that names clusters, if the gateways have more
// than one, as matchers with commas between; "" otherwise.
func (c *Chunk) Clusters() string {
	byLabel := map[string][]string{}
	for _, matcher := range slices.Sorted(maps.Keys(c.clusters)) {
		label, _, _ := strings.Cut(matcher, "=")
		byLabel[label] = append(byLabel[label], matcher)
	}
	for _, label := range clusterLabels {
		if len(byLabel[label]) > 1 {
			return strings.Join(byLabel[label], ",")
		}
	}
	return ""
}

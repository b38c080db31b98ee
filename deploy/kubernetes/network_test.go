package kubernetes

import (
	"slices"
	"testing"
)

// pod is a peer of a network policy.
type pod struct {
	namespace string
	labels    map[string]any
}

// admits reports whether a network policy lets a pod in at a port. Ports with names are
// not compared: a name stands for a port of the selected pod.
func admits(policy object, who pod, port float64) bool {
	rules, _ := policy.at("spec", "ingress").([]any)
	for _, r := range rules {
		rule := object(r.(map[string]any))
		ports, _ := rule["ports"].([]any)
		open := len(ports) == 0 || slices.ContainsFunc(ports, func(p any) bool {
			return p.(map[string]any)["port"] == port
		})
		from, _ := rule["from"].([]any)
		if open && (len(from) == 0 || slices.ContainsFunc(from, func(p any) bool { return isPeer(policy, p.(map[string]any), who) })) {
			return true
		}
	}
	return false
}

// isPeer reports whether a pod is the peer of a rule. Without a selector of namespaces the
// peer is in the namespace of the policy.
func isPeer(policy, peer object, who pod) bool {
	if namespaces := peer.at("namespaceSelector"); namespaces != nil {
		if !matches(namespaces, map[string]any{"kubernetes.io/metadata.name": who.namespace}) {
			return false
		}
	} else if who.namespace != policy.text("metadata", "namespace") {
		return false
	}
	return peer.at("podSelector") == nil || matches(peer.at("podSelector"), who.labels)
}

// matches reports whether labels fit a selector with matchLabels and matchExpressions of the
// operator In.
func matches(selector any, labels map[string]any) bool {
	s := object(selector.(map[string]any))
	want, _ := s.at("matchLabels").(map[string]any)
	for k, v := range want {
		if labels[k] != v {
			return false
		}
	}
	expressions, _ := s.at("matchExpressions").([]any)
	for _, e := range expressions {
		one := object(e.(map[string]any))
		if one.text("operator") != "In" || !slices.Contains(one.at("values").([]any), labels[one.text("key")]) {
			return false
		}
	}
	return true
}

// named are the labels of a pod with a name of Kubernetes' recommended labels.
func named(name string) map[string]any {
	return map[string]any{"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "prewarm"}
}

func function(name string) map[string]any { return map[string]any{"faas_function": name} }

// TestOnlyTheSuiteReachesNATS holds in both overlays: the policy is part of the base.
func TestOnlyTheSuiteReachesNATS(t *testing.T) {
	for _, overlay := range overlays {
		policies := 0
		for _, policy := range render(t, "overlays/"+overlay) {
			if policy.name() != "NetworkPolicy prewarm-nats" {
				continue
			}
			policies++
			if !matches(policy.at("spec", "podSelector"), natsLabels) {
				t.Errorf("%s: the policy does not select the server", overlay)
			}
			for _, c := range []struct {
				who  pod
				port float64
				want bool
			}{
				{pod{"openfaas-fn", function("collector")}, 4222, true},
				{pod{"openfaas-fn", function("predictor")}, 4222, true},
				{pod{"openfaas-fn", function("scaler")}, 4222, true},
				{pod{"openfaas-fn", function("dashboard")}, 4222, true},
				{pod{"openfaas", named("prewarm-connector")}, 4222, true},
				{pod{"openfaas", named("prewarm-keda")}, 4222, true},
				{pod{"openfaas", named("prewarm-nats-box")}, 4222, true},
				{pod{"openfaas", natsLabels}, 6222, true},
				{pod{"monitoring", named("prometheus")}, 7777, true},
				{pod{"openfaas-fn", function("hello")}, 4222, false},
				{pod{"team-a", function("scaler")}, 4222, false}, // the label alone is not enough
				{pod{"team-a", named("prewarm-connector")}, 4222, false},
				{pod{"openfaas", named("prewarm-prometheus")}, 4222, false},
				{pod{"openfaas", map[string]any{"app": "gateway"}}, 4222, false},
				{pod{"monitoring", named("prometheus")}, 4222, false},
				{pod{"openfaas-fn", function("scaler")}, 8222, false},
			} {
				if got := admits(policy, c.who, c.port); got != c.want {
					t.Errorf("%s: %v at port %v: admitted %v, want %v", overlay, c.who, c.port, got, c.want)
				}
			}
		}
		if policies != 1 {
			t.Errorf("%s has %d policies for NATS", overlay, policies)
		}
	}
}

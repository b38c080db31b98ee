package kubernetes

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"
)

// secretsOf returns the entries of the secrets of an installation, by namespace, name and key.
func secretsOf(r installed) map[string]string {
	all := map[string]string{}
	for _, o := range r.Objects {
		entries, _ := o.at("stringData").(map[string]any)
		for key, value := range entries {
			all[o.text("metadata", "namespace")+"/"+o.text("metadata", "name")+"/"+key] = value.(string)
		}
	}
	return all
}

// stored returns secrets as a cluster stores them.
func stored(entries map[string]string) (all []object) {
	for path, value := range entries {
		parts := strings.Split(path, "/")
		all = append(all, object{
			"apiVersion": "v1", "kind": "Secret", "metadata": object{"namespace": parts[0], "name": parts[1]},
			"data": object{parts[2]: base64.StdEncoding.EncodeToString([]byte(value))},
		})
	}
	return all
}

// TestGeneratedSecretsSurviveAnUpgrade installs without any value: the chart reads the password of
// the gateway from the cluster and generates the rest. An upgrade finds what was generated.
func TestGeneratedSecretsSurviveAnUpgrade(t *testing.T) {
	auth := map[string]string{"openfaas/basic-auth/basic-auth-password": "of the gateway"}
	first := install(t, installation{Cluster: stored(auth)}, installation{Cluster: stored(auth)})
	got, other := secretsOf(first[0]), secretsOf(first[1])
	for _, name := range []string{"prewarm-hmac-key", "prewarm-gateway-password", "nats-user", "nats-password"} {
		if got["openfaas-fn/"+name+"/"+name] == "" {
			t.Errorf("nothing creates %s: %s", name, first[0].Error)
		}
	}
	key, password := got["openfaas/prewarm-hmac-key/prewarm-hmac-key"], got["openfaas/prewarm-nats/nats-password"]
	if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 32 || len(password) < 32 || password[0] != 'p' {
		t.Errorf("key %q, password %q: %v", key, password, err)
	}
	if key != got["openfaas-fn/prewarm-hmac-key/prewarm-hmac-key"] || password != got["openfaas-fn/nats-password/nats-password"] {
		t.Error("functions and connector have different secrets")
	}
	if key == other["openfaas/prewarm-hmac-key/prewarm-hmac-key"] || password == other["openfaas/prewarm-nats/nats-password"] {
		t.Error("two installations have the same secrets")
	}

	// prewarm-nats has two entries, of which the password is looked up.
	delete(got, "openfaas/prewarm-nats/nats-user")
	maps.Copy(got, auth)
	auth["openfaas/basic-auth/basic-auth-password"] = "changed"
	changed := maps.Clone(got)
	maps.Copy(changed, auth)
	later := install(t, installation{Cluster: stored(got)}, installation{Cluster: stored(changed)}, installation{Cluster: stored(got), Values: given()})
	after := secretsOf(later[0])
	for path, value := range got {
		if after[path] != value && !strings.Contains(path, "basic-auth") {
			t.Errorf("%s was %q, and is %q after an upgrade", path, value, after[path])
		}
	}
	if new := secretsOf(later[1]); new["openfaas-fn/prewarm-gateway-password/prewarm-gateway-password"] != "changed" {
		t.Error("a changed password of the gateway is not followed")
	}
	if secretsOf(later[2])["openfaas/prewarm-nats/nats-password"] != "p0" {
		t.Error("a given password is not used")
	}
	if checksum(first[0]) != checksum(later[0]) || checksum(first[0]) == checksum(later[1]) {
		t.Error("pods must restart when a secret changes, and not otherwise")
	}
}

func checksum(r installed) string {
	for _, o := range r.Objects {
		if o.name() == "Deployment prewarm-connector" {
			return o.text("spec", "template", "metadata", "annotations", "checksum/secrets")
		}
	}
	return ""
}

func TestTheSecretsOfTheChartCanBeYourOwn(t *testing.T) {
	r := install(t, installation{Values: object{"secrets": object{"create": false}}})[0]
	if r.Error != "" || len(secretsOf(r)) != 0 || len(r.Objects) < 10 || !strings.Contains(r.Notes, "No secret was created") {
		t.Errorf("%s: %v: %s", r.Error, secretsOf(r), r.Notes)
	}
}

// TestWrongValuesAreRefused sees that the error names the value and what it must be.
func TestWrongValuesAreRefused(t *testing.T) {
	wants := []string{
		"secrets.gatewayPassword must be set", "nats.url must be set", "secrets.natsPassword must be set",
		"'/edition': value must be one of 'ce', 'standard'", "'/registry'", "'/decisionMaxAge'", "'/shards': maximum", "'/nats'",
		"additional properties 'replicas' not allowed", "'/hpa/0': missing property 'max'", "'/functions/scaler': additional properties 'env'",
	}
	wrong := []object{
		{}, with(given(), "nats", object{"create": false}),
		{"secrets": object{"gatewayPassword": "x"}, "nats": object{"create": false, "url": "nats://x"}},
		with(given(), "edition", "edge"), with(given(), "registry", "example.org/"), with(given(), "decisionMaxAge", "300s"), with(given(), "shards", 65),
		with(given(), "nats", true), with(given(), "replicas", 2), with(given(), "hpa", []object{{"function": "hello"}}),
		with(given(), "functions", object{"scaler": object{"env": object{}}}),
	}
	var requests []installation
	for _, values := range wrong {
		requests = append(requests, installation{Values: values})
	}
	for i, r := range install(t, requests...) {
		if !strings.Contains(r.Error, wants[i]) {
			t.Errorf("want %q, got %q", wants[i], r.Error)
		}
	}
}

func TestTheNotesSayWhatToDoNext(t *testing.T) {
	for overlay, want := range map[string]string{"community": "alertmanager.create=false", "standard": "com.openfaas.scale.max"} {
		if r := install(t, editionsOfChart()[overlay])[0]; !strings.Contains(r.Notes, want) || !strings.Contains(r.Notes, "/function/dashboard/") {
			t.Errorf("%s: %s", overlay, r.Notes)
		}
	}
}

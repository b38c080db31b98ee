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
	upgraded(t, first[0], auth)
}

// upgraded checks upgrades of an installation: nothing changes, the password of the gateway has
// changed, and values are given.
func upgraded(t *testing.T, first installed, auth map[string]string) {
	t.Helper()
	got := secretsOf(first)
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
	if checksum(first) != checksum(later[0]) || checksum(first) == checksum(later[1]) {
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

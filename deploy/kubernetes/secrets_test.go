package kubernetes

import (
	"slices"
	"testing"

	"github.com/openfaas/go-sdk/stack"
)

// created returns the entries of the secrets in examples/secrets.yaml, by namespace and name.
func created(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{"openfaas/basic-auth": {"basic-auth-user", "basic-auth-password"}} // by the chart
	for _, o := range render(t, "examples/secrets.yaml") {
		name := o.text("metadata", "namespace") + "/" + o.text("metadata", "name")
		for key := range o.at("stringData").(map[string]any) {
			all[name] = append(all[name], key)
		}
	}
	return all
}

// optionalSecrets are those that README.md has in the section "Certificates".
var optionalSecrets = []string{"prewarm-certificates", "prewarm-keda-tls", "prewarm-keda-clients"}

// TestEverySecretOfAPodIsCreated checks what pods mount or read against the secrets that the
// installation creates.
func TestEverySecretOfAPodIsCreated(t *testing.T) {
	secrets, read := created(t), map[string]int{}
	for _, o := range render(t, "overlays/community", "overlays/standard") {
		walk(o.at("spec", "template", "spec"), func(m object) {
			for _, name := range []string{m.text("secretName"), m.text("secret", "name"), m.text("secretKeyRef", "name")} {
				if name == "" || slices.Contains(optionalSecrets, name) {
					continue
				}
				entries, found := secrets["openfaas/"+name]
				if key := m.text("secretKeyRef", "key"); !found || key != "" && !slices.Contains(entries, key) {
					t.Errorf("%s: nothing creates the secret %s %s", o.name(), name, key)
				}
				read[o.text("metadata", "name")+" "+name]++
			}
		})
	}
	for _, want := range []string{
		"prewarm-connector prewarm-hmac-key", "prewarm-connector prewarm-nats", "prewarm-connector basic-auth",
		"prewarm-keda prewarm-hmac-key", "prewarm-keda prewarm-nats", "prewarm-keda basic-auth", "prewarm-nats prewarm-nats",
	} {
		if read[want] == 0 {
			t.Errorf("a pod and its secret are missing: %s: %v", want, read)
		}
	}
}

// TestEverySecretOfAFunctionIsCreated checks those of stack.yml, and those of NATS.
func TestEverySecretOfAFunctionIsCreated(t *testing.T) {
	services, err := stack.ParseYAMLFile(stackFile, "", "", true)
	if err != nil {
		t.Fatal(err)
	}
	secrets, want := created(t), []string{"nats-user", "nats-password"}
	for _, f := range services.Functions {
		want = append(want, f.Secrets...)
	}
	for _, name := range want {
		if !slices.Equal(secrets["openfaas-fn/"+name], []string{name}) {
			t.Errorf("examples/secrets.yaml must have %s in openfaas-fn", name)
		}
	}
}

// walk calls visit with every object in value.
func walk(value any, visit func(object)) {
	switch v := value.(type) {
	case map[string]any:
		visit(v)
		for _, child := range v {
			walk(child, visit)
		}
	case []any:
		for _, child := range v {
			walk(child, visit)
		}
	}
}

package platform_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/event"
)

// TestTheKeyIsReplacedUnderTraffic goes through the steps of "Rotating the key" in
// functions/README.md, by the API calls of their commands: the secret is updated, then every
// function starts again, one after the other, while the chain runs.
func TestTheKeyIsReplacedUnderTraffic(t *testing.T) {
	w := start(t, gateway.Standard, map[string]string{"max_age_steps": "60"})
	w.deploy("hello", "active", time.Hour)
	w.awaitDecisions(1)
	before, next := string(w.Key()), "the key that follows"
	w.mu.Lock()
	w.accepted = [][]byte{w.Key(), []byte(next)}
	w.mu.Unlock()
	for _, stage := range []struct {
		name string
		keys []string
	}{
		{"both, the old one signs", []string{before, next}},
		{"both, the new one signs", []string{next, before}},
	} {
		w.rotate(t, stage.name, stage.keys)
		if page := w.get(t, "/function/dashboard/api/status"); strings.Contains(page, "refused") {
			t.Errorf("%s: the dashboard does not read what was decided before: %s", stage.name, page)
		}
	}
	w.rotate(t, "the new one alone", []string{next})
	w.mu.Lock()
	w.accepted = [][]byte{[]byte(next)}
	w.mu.Unlock()
	w.awaitDecisions(3) // open fails the test if they are signed with the old key
}

// rotate updates the secret and starts every function again, under traffic.
func (w *world) rotate(t *testing.T, stage string, keys []string) {
	t.Helper()
	secret := types.Secret{Name: event.KeySecret, Value: strings.Join(keys, "\n") + "\n", Namespace: gateway.Namespace}
	if _, err := w.Client().UpdateSecret(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"collector", "predictor", "scaler", "dashboard"} {
		d := w.deployed(t, name)
		d.EnvVars["rollout"] = stage // another pod, as after "kubectl rollout restart"
		w.put(d)
		w.call("hello")
		w.awaitDecisions(1)
	}
	w.awaitDecisions(2)
	w.nothingLost(t)
	w.appliedOnce(t)
	if n := w.deadLetters(t); n > 0 {
		t.Errorf("%s: %d dead letters", stage, n)
	}
}

// deadLetters returns how many messages were refused for good.
func (w *world) deadLetters(t *testing.T) uint64 {
	t.Helper()
	js, err := w.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "PREWARM_DEAD")
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

// get returns the body of a page.
func (w *world) get(t *testing.T, path string) string {
	t.Helper()
	res, err := http.Get(w.GatewayURL() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d, %v", path, res.StatusCode, err)
	}
	return string(body)
}

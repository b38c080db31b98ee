package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/local/controller"
)

var begin = time.Unix(1_800_000_000, 0)

// The chart's rule: a rate above 5 for 5 s, evaluated every 15 s.
func TestTheRuleFiresAtTheSecondEvaluation(t *testing.T) {
	var r Rule
	for i, c := range []struct {
		rate float64
		want bool
	}{{5, false}, {5.1, false}, {6, true}, {9, true}, {5, false}, {6, false}, {6, true}} {
		now := begin.Add(time.Duration(i) * Evaluation)
		got := r.Evaluate(now, map[string]float64{"hello": c.rate})
		if slices.Contains(got, "hello") != c.want {
			t.Errorf("evaluation %d at %g/s: fires %v", i+1, c.rate, got)
		}
	}
}

// docs.openfaas.com, "Auto-scaling your functions", section "Min/max replicas": factor is
// 20 % of max by default, 100 scales to the most at once.
func TestEachAlertAddsAShareOfTheMost(t *testing.T) {
	for _, c := range []struct {
		why                          string
		firing                       bool
		current, least, most, factor int
		want                         int
	}{
		{"20 % of 5", true, 1, 1, 5, 20, 2},
		{"20 % of 4, rounded up", true, 1, 1, 4, 20, 2},
		{"to the most at once", true, 1, 1, 5, 100, 5},
		{"not beyond the most", true, 5, 1, 5, 20, 5},
		{"resolved", false, 4, 2, 5, 20, 2},
		{"factor 0 adds nothing, and sets the least", true, 3, 1, 5, 0, 1},
	} {
		if got := Replicas(c.firing, c.current, c.least, c.most, c.factor); got != c.want {
			t.Errorf("%s: %d, want %d", c.why, got, c.want)
		}
	}
}

// told writes the notifications of a manager in five-second steps. firing tells which alerts
// Prometheus sends at each evaluation.
func told(d time.Duration, firing func(at time.Duration) []string) []string {
	var m Manager
	var log []string
	for at := time.Duration(0); at <= d; at += 5 * time.Second {
		now := begin.Add(at)
		if at%Evaluation == 0 {
			m.Receive(now, firing(at))
		}
		if alerts := m.Notify(now); alerts != nil {
			log = append(log, fmt.Sprintf("%v %v", at, alerts))
		}
	}
	return log
}

// The chart's AlertManager: group_wait 5s, group_interval 10s, repeat_interval 30s.
func TestAlertsRepeatUntilTheyAreResolved(t *testing.T) {
	got := told(3*time.Minute, func(at time.Duration) []string {
		if at >= 15*time.Second && at < 2*time.Minute {
			return []string{"hello"}
		}
		return nil
	})
	want := []string{"20s [{hello true}]", "1m0s [{hello true}]", "1m40s [{hello true}]", "2m0s [{hello false}]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAllAlertsOfTheGroupAreNotifiedTogether(t *testing.T) {
	got := told(90*time.Second, func(at time.Duration) []string {
		switch {
		case at < 30*time.Second:
			return []string{"a"}
		case at < time.Minute:
			return []string{"a", "b"}
		}
		return []string{"b"}
	})
	want := []string{"5s [{a true}]", "35s [{a true} {b true}]", "1m5s [{b true} {a false}]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnAlertThatComesBackBeforeTheNextLookWasNotResolved(t *testing.T) {
	var m Manager
	m.Receive(begin, []string{"a"})
	m.Notify(begin.Add(5 * time.Second))
	m.Receive(begin.Add(6*time.Second), nil)
	m.Receive(begin.Add(7*time.Second), []string{"a"})
	if got := m.Notify(begin.Add(15 * time.Second)); got != nil {
		t.Errorf("notified %v", got)
	}
}

// gateway takes webhooks; the store answers with rates.
type gateway struct {
	rates  map[string]float64
	bodies []string
	broken error
}

func (g *gateway) ByFunction(_ context.Context, query string) (map[string]float64, error) {
	if want := `rate(gateway_function_invocation_total{code="200"}[166ms])) / 60`; !strings.Contains(query, want) {
		return nil, fmt.Errorf("query %s lacks %s", query, want)
	}
	return g.rates, g.broken
}

func (g *gateway) Alert(_ context.Context, m Message) error {
	body, err := json.Marshal(m)
	g.bodies = append(g.bodies, string(body))
	return err
}

func TestTheWebhookIsThatOfAlertManager(t *testing.T) {
	g := &gateway{rates: map[string]float64{"hello.fn": 6}}
	a := &AlertManager{Webhook: g, Store: g, Clock: controller.Clock{Speed: 60}}
	for at := time.Duration(0); at <= 20*time.Second; at += a.Period() {
		if err := a.Sync(t.Context(), begin.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"version":"4","status":"firing","receiver":"scale-up","alerts":[{"status":"firing","labels":` +
		`{"alertname":"APIHighInvocationRate","function_name":"hello.fn","service":"gateway","severity":"major"}}]}`
	if len(g.bodies) != 1 || g.bodies[0] != want {
		t.Errorf("got %q, want %q", g.bodies, want)
	}
	g.broken = errors.New("no answer")
	if err := a.Sync(t.Context(), begin.Add(time.Minute)); err == nil || len(g.bodies) != 1 {
		t.Errorf("without the store: %v, %d webhooks", err, len(g.bodies))
	}
}

func TestARefusedAlertIsAnError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.Path != "/system/alert" || user != "admin" || password != "secret" {
			http.Error(w, "not as AlertManager does", http.StatusBadRequest)
		}
	}))
	defer server.Close()
	h := HTTPWebhook{URL: func() string { return server.URL }, User: "admin", Password: "secret", Client: server.Client()}
	if err := h.Alert(t.Context(), message([]Alert{{"hello.fn", true}})); err != nil {
		t.Error(err)
	}
	h.Password = "wrong"
	if err := h.Alert(t.Context(), message([]Alert{{"hello.fn", true}})); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("refused: got %v", err)
	}
}

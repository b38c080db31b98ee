package kubernetes_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// TestTheRightsOfTheExampleAreEnough runs a step of the chain on a server with the users of
// examples/nats-rights.conf: collector, connector, predictor, scaler, dashboard and external
// scaler. The server refuses none of them anything.
func TestTheRightsOfTheExampleAreEnough(t *testing.T) {
	w := newRights(t)
	w.chain()
	operator := w.bus("dashboard")
	if err := operator.SetPaused(t.Context(), event.Pause{By: "test", Time: time.Now()}); err != nil {
		t.Error(err)
	}
	if err := operator.SetMode(t.Context(), event.Mode{Function: "f.openfaas-fn", Mode: "observe", By: "test", Time: time.Now()}); err != nil {
		t.Error(err)
	}
	w.step()
	w.deadLetter()
	if err := operator.ClearMode(t.Context(), "f.openfaas-fn"); err != nil {
		t.Error(err)
	}
	for _, part := range []string{"collector", "scaler"} {
		w.lease(part)
	}
	if refused := w.refused(); refused != "" {
		t.Errorf("the server refused:\n%s", refused)
	}
}

// TestTheRightsOfTheExampleAreNarrow tries what each user must not do: delete a stream, set a
// mode, or speak for another program.
func TestTheRightsOfTheExampleAreNarrow(t *testing.T) {
	w := newRights(t)
	for user, foreign := range map[string]string{
		"collector": "prewarm.decisions", "predictor": "prewarm.windows", "scaler": "$KV.prewarm_modes.f.openfaas-fn",
		"dashboard": "prewarm.decisions", "connector": "$KV.prewarm_control.pause", "keda": "prewarm.decisions",
	} {
		conn := w.connect(user)
		for _, subject := range []string{foreign, "$JS.API.STREAM.DELETE." + bus.StreamDecisions, "$JS.API.STREAM.DELETE.KV_" + bus.ControlBucket} {
			line := fmt.Sprintf("Publish Violation - Subject %q", subject)
			before := strings.Count(w.refused(), line)
			if err := conn.Publish(subject, nil); err != nil {
				t.Fatal(err)
			}
			_ = conn.Flush() // the server has read the message when it answers
			if strings.Count(w.refused(), line) != before+1 {
				t.Errorf("%s may publish %s", user, subject)
			}
		}
	}
}

// step has the collector tick until a decision about f has come to the dashboard and to the
// external scaler.
func (w *rights) step() {
	w.t.Helper()
	decided := func() bool {
		if _, err := w.functions["collector"].Handle(handler.Request{Method: http.MethodPost, Header: http.Header{}}); err != nil {
			w.t.Fatal(err)
		}
		page := httptest.NewRecorder()
		w.panel.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/api/function?function=f.openfaas-fn", nil))
		return strings.Contains(page.Body.String(), `"wanted"`) && w.learned() > 0
	}
	for end := time.Now().Add(time.Minute); !decided(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("f is not decided. The server refused:\n%s", w.refused())
		}
	}
	csv := httptest.NewRecorder()
	w.panel.ServeHTTP(csv, httptest.NewRequest(http.MethodGet, "/api/decisions.csv?since=1h", nil))
	if csv.Code != http.StatusOK || !strings.Contains(csv.Body.String(), "f.openfaas-fn") {
		w.t.Errorf("the export of decisions answers %d %.200s", csv.Code, csv.Body)
	}
}

// deadLetter has the predictor refuse a message, which the connector keeps as a dead letter.
func (w *rights) deadLetter() {
	w.t.Helper()
	if _, err := w.jetStream("collector").Publish(w.t.Context(), event.TypeWindows, []byte("broken")); err != nil {
		w.t.Fatal(err)
	}
	letters := w.jetStream("connector")
	testbed.Eventually(w.t, "the message is a dead letter", func() bool {
		stream, err := letters.Stream(w.t.Context(), "PREWARM_DEAD")
		return err == nil && stream.CachedInfo().State.Msgs == 1
	})
}

// learned returns the messages that the external scaler has learned from.
func (w *rights) learned() (n float64) {
	families, err := w.external.Gather()
	if err != nil {
		w.t.Error(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetValue() == "learned" {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

// lease has a part own both of two shards, and release them.
func (w *rights) lease(part string) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	l := w.bus(part).Leases(bus.LeaseConfig{Part: part, Shards: 2, Length: 3 * time.Second})
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	testbed.Eventually(w.t, part+" owns both shards", func() bool { return len(l.Owned()) == 2 })
	stop()
	<-done
}

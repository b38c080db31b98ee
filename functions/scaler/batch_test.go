package scaler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

func TestAReplayedBatchIsRefused(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 2))
	w.post(body, 200)
	w.functions[name].Replicas = 0
	w.post(body, 409)
	w.restart() // the stream of decisions holds the step
	w.post(body, 409)
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.post(body, 409)
	w.expectCalls(name + "=2")
}

func TestStaleAndFutureForecastsAreRefused(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 2))
	w.now = w.now.Add(10 * time.Minute)
	w.post(body, 409)
	w.now = w.now.Add(-20 * time.Minute)
	w.post(body, 409)
	w.expectCalls()
}

func TestForgedAndBrokenBodiesScaleNothing(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := string(w.seal(w.forecast(name, 2)))
	forged, _, _ := strings.Cut(body, `"signature"`)
	w.post([]byte(strings.Replace(body, `"need_q50":[2`, `"need_q50":[9`, 1)), 401)
	w.post([]byte(forged+`"signature":"00"}`), 401)
	_, foreign, _ := event.Seal(event.NewKeys("eu-2", []byte("a key of sixteen bytes")), event.TypeForecasts, w.now.Unix()/60*60, "0", &event.Forecasts{Model: "m", Forecasts: []event.Forecast{w.forecast(name, 2)}})
	if text := w.post(foreign, 403); !strings.Contains(text, `cluster must be "", was: "eu-2"`) {
		t.Errorf("got %q", text)
	}
	if text := w.post([]byte(body[:99]), 400); !strings.Contains(text, "not an envelope") {
		t.Errorf("got %q", text)
	}
	w.post(nil, 400)
	w.post([]byte(strings.Repeat("x", event.MaxBody+1)), 413)
	other := w.forecast(name, 2)
	other.Origin -= 60
	_, mixed, _ := event.Seal(keys, event.TypeForecasts, w.now.Unix()/60*60, "0", &event.Forecasts{Model: "m", Forecasts: []event.Forecast{other}})
	if text := w.post(mixed, 400); !strings.Contains(text, "forecasts[0].origin") {
		t.Errorf("got %q", text)
	}
	w.expectCalls()
}

func TestABatchIsAppliedOnceAfterTheGatewayFailed(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body := w.seal(w.forecast(name, 2))
	w.gwErr = fmt.Errorf("%w: status 500", openfaas.ErrUnavailable)
	w.post(body, 503)
	w.listErr = openfaas.ErrUnavailable
	w.post(body, 503)
	w.gwErr, w.listErr = nil, nil
	w.post(body, 200)
	w.post(body, 409)
	w.expectCalls(name + "=2")
}

func TestTheDoneHalfOfABatchIsNotDoneTwice(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeObserve)
	body := w.seal(w.forecast(name, 2), w.forecast("other.openfaas-fn", 1))
	w.gwErr = openfaas.ErrUnavailable
	w.post(body, 503)
	if d := w.last(); d.Function != "other.openfaas-fn" {
		t.Errorf("the function without a scale call must be decided, got %+v", d)
	}
	w.gwErr = nil
	w.post(body, 200)
	w.expectCalls(name + "=2")
	if n := len(w.decisions()); n != 2 {
		t.Errorf("%d decisions in the stream, want one per function", n)
	}
}

func TestNothingIsScaledBeforeTheDecisionsAreRead(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.readErr = errors.New("no NATS")
	w.post(w.seal(w.forecast(name, 2)), 503)
	w.expectCalls()
}

// FuzzHandle posts unsigned bodies: each is refused and scales nothing.
func FuzzHandle(f *testing.F) {
	f.Add([]byte(`{"version":1,"type":"prewarm.forecasts","id":"a","step":0,"payload":{},"signature":"00"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld(t, openfaas.ModeActive)
		req := handler.Request{Method: http.MethodPost, Body: body}
		req.WithContext(context.Background())
		res, err := w.scaler.Handle(req)
		if err != nil || res.StatusCode/100 != 4 || len(w.calls) != 0 {
			t.Errorf("an unsigned body was answered %d, %v, and scaled %v", res.StatusCode, err, w.calls)
		}
	})
}

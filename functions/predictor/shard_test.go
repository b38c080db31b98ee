package predictor

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"prewarm/shared/event"
)

// subjects is a bus that opens each message under its subject.
type subjects struct {
	t         *testing.T
	functions map[string][]string
}

func (s *subjects) Publish(_ context.Context, env event.Envelope, body []byte) error {
	var got event.Forecasts
	if _, err := event.Open(keys, event.TypeForecasts, body, &got); err != nil {
		s.t.Fatal(err)
	}
	for _, f := range got.Forecasts {
		s.functions[env.Subject] = append(s.functions[env.Subject], f.Function)
	}
	return nil
}

// Any replica serves any shard. A batch that was made with another number of shards becomes one
// message for each shard that it has functions of.
func TestForecastsGoToTheShardsOfTheirFunctions(t *testing.T) {
	p, _ := newTest(keys)
	bus := &subjects{t, map[string][]string{}}
	p.bus, p.shards = bus, 3
	var windows []event.FunctionWindow
	for i := range 20 {
		w := window(1, 2, 3)
		w.Function = fmt.Sprintf("f%d.fn", i)
		windows = append(windows, w)
	}
	post(t, p, http.MethodPost, "/", batch(t, 780, windows...), 200)
	total := 0
	for subject, functions := range bus.functions {
		total += len(functions)
		for _, name := range functions {
			if want := event.Subject(event.TypeForecasts, event.ShardOf(name, 3), 3); subject != want {
				t.Errorf("the forecast of %s goes to %q, want %q", name, subject, want)
			}
		}
	}
	if total != 20 || len(bus.functions) != 3 {
		t.Errorf("%d forecasts in %d subjects", total, len(bus.functions))
	}
}

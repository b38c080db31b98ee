package predictor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/series"
	"prewarm/shared/serve"
)

var keys = event.NewKeys("", []byte("a key of sixteen bytes"))

// model forecasts a probability of one half for every step.
type model struct{}

func (model) Version() string { return "half" }

func (model) Forecast(out []event.Forecast, windows []event.FunctionWindow) []error {
	errs := make([]error, len(windows))
	for i, w := range windows {
		out[i] = event.Forecast{Function: w.Function, Origin: w.End(), StepSeconds: w.StepSeconds, Observation: event.Observation{InFlight: w.InFlight}}
		if w.Known() < 3 {
			errs[i] = errors.New("fewer than 3 known steps")
			out[i].NoData = errs[i].Error()
			continue
		}
		for range event.Horizons {
			f := &out[i]
			f.PActive = append(f.PActive, 0.5)
			f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, 0), append(f.NeedQ90, 1)
			f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, 1), append(f.NeedQ99, 1)
		}
	}
	return errs
}

// stream stores published messages, once for each ID as NATS does.
type stream struct {
	messages map[string][]byte
	trace    string // of the last message
	err      error
}

func (s *stream) Publish(_ context.Context, env event.Envelope, body []byte) error {
	if s.err == nil {
		s.messages[env.ID], s.trace = body, env.Trace
	}
	return s.err
}

// newTest returns a predictor with signing keys and without a replica model.
func newTest(keys event.Keys) (*Predictor, *stream) {
	s := &stream{messages: map[string][]byte{}}
	return newPredictor(keys, model{}, replicaModel{}, s, func() time.Time { return time.Unix(800, 0) }, slog.New(slog.NewTextHandler(io.Discard, nil))), s
}

// post sends a request, checks the status code and returns the body.
func post(t *testing.T, p *Predictor, method, path, body string, want int) string {
	t.Helper()
	req := handler.Request{Method: method, Body: []byte(body), Header: http.Header{serve.PathHeader: {path}}}
	req.WithContext(context.Background())
	res, err := p.Handle(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != want {
		t.Fatalf("answered %d %s, want %d", res.StatusCode, res.Body, want)
	}
	return string(res.Body)
}

// batch returns a sealed batch of windows.
func batch(t *testing.T, step int64, windows ...event.FunctionWindow) string {
	t.Helper()
	_, body, err := event.Seal(keys, event.TypeWindows, step, "7", &event.Windows{Windows: windows})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func window(counts ...int32) event.FunctionWindow {
	return event.FunctionWindow{Function: "hello.fn", Concurrency: 1, Window: series.Window{StepSeconds: 60, Start: 600, Counts: counts}}
}

func TestABatchIsForecastAndPublishedOnce(t *testing.T) {
	p, s := newTest(keys)
	unknown := window(1, series.NoData, series.NoData)
	unknown.Function = "unknown.fn"
	body := batch(t, 780, window(1, 2, 3), unknown)
	post(t, p, http.MethodPost, "/", body, 200)
	post(t, p, http.MethodPost, "", body, 200)
	if len(s.messages) != 1 {
		t.Fatalf("%d messages, want one", len(s.messages))
	}
	var got event.Forecasts
	env, err := event.Open(keys, event.TypeForecasts, s.messages["prewarm.forecasts/780/7"], &got)
	if err != nil {
		t.Fatal(err)
	}
	if env.Step != 780 || got.Model != "half" || len(got.Forecasts) != 2 || got.Forecasts[0].PActive[59] != 0.5 || got.Forecasts[1].NoData == "" {
		t.Errorf("got %+v", got)
	}
}

func TestABatchIsTransientlyRefusedWithoutNATS(t *testing.T) {
	p, s := newTest(keys)
	s.err = errors.New("away")
	post(t, p, http.MethodPost, "/", batch(t, 780, window(1, 2, 3)), 503)
	s.err = nil
	post(t, p, http.MethodPost, "/", batch(t, 780, window(1, 2, 3)), 200)
}

func TestAWindowIsAnsweredWithoutTheChain(t *testing.T) {
	p, s := newTest(event.Keys{})
	body := post(t, p, http.MethodPost, "/", `{"step_seconds":60,"start":600,"counts":[0,1,0]}`, 200)
	var got event.Forecasts
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Validate() != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if f := got.Forecasts[0]; f.Origin != 780 || len(f.PActive) != event.Horizons {
		t.Errorf("got %+v", f)
	}
	if len(s.messages) != 0 {
		t.Error("a posted window must publish nothing")
	}
}

// foreign returns a batch of another cluster with the same key.
func foreign(t *testing.T) string {
	t.Helper()
	_, body, err := event.Seal(event.NewKeys("eu-2", []byte("a key of sixteen bytes")), event.TypeWindows, 780, "7", &event.Windows{Windows: []event.FunctionWindow{window(1, 2, 3)}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestRefusalsNameTheField(t *testing.T) {
	p, s := newTest(keys)
	good := batch(t, 780, window(1, 2, 3))
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		text               string
	}{
		"get":                       {http.MethodGet, "/", "", 405, "POST"},
		"unknown path":              {http.MethodPost, "/train", "{}", 404, "/train"},
		"empty":                     {http.MethodPost, "/", "", 400, "EOF"},
		"truncated window":          {http.MethodPost, "/", `{"counts":[1,`, 400, "EOF"},
		"truncated batch":           {http.MethodPost, "/", good[:len(good)-40], 400, "not an envelope"},
		"wrong kind":                {http.MethodPost, "/", `{"counts":"x"}`, 400, "counts"},
		"unknown field":             {http.MethodPost, "/", `{"count":[1]}`, 400, `"count"`},
		"two windows":               {http.MethodPost, "/", `{"step_seconds":60,"counts":[1]}{}`, 400, "more after"},
		"a bracket too many":        {http.MethodPost, "/", `{"step_seconds":60,"counts":[1]}]`, 400, "more after"},
		"bound":                     {http.MethodPost, "/", `{"step_seconds":60,"counts":[-5]}`, 400, "counts[0]"},
		"null is not zero":          {http.MethodPost, "/", `{"step_seconds":60,"counts":[0,null,1]}`, 400, "counts must hold numbers"},
		"a start in the far future": {http.MethodPost, "/", `{"step_seconds":60,"start":9223372036854775800,"counts":[1,2,3]}`, 400, "start must be"},
		"a fraction of a call":      {http.MethodPost, "/", `{"step_seconds":60,"counts":[0.5]}`, 400, "counts must not be a number 0.5"},
		"huge":                      {http.MethodPost, "/", strings.Repeat("1", event.MaxBody+1), 413, "at most"},
		"of another cluster":        {http.MethodPost, "/", foreign(t), 403, `cluster must be "", was: "eu-2"`},
		"forged":                    {http.MethodPost, "/", strings.Replace(good, `"step":780`, `"step":840`, 1), 401, "signature"},
		"end differs from step":     {http.MethodPost, "/", batch(t, 840, window(1, 2, 3)), 400, "windows[0] must end at"},
	} {
		if text := post(t, p, c.method, c.path, c.body, c.status); !strings.Contains(text, c.text) {
			t.Errorf("%s: got %q", name, text)
		}
	}
	if len(s.messages) != 0 {
		t.Error("a refused request was published")
	}
}

func TestSignedBatchesAreRefusedWithoutAKey(t *testing.T) {
	p, _ := newTest(event.Keys{})
	post(t, p, http.MethodPost, "/", batch(t, 780, window(1, 2, 3)), 401)
}

// FuzzHandle posts unsigned bodies: none is published, none is a server error.
func FuzzHandle(f *testing.F) {
	f.Add([]byte(`{"step_seconds":60,"start":600,"counts":[0,1,0],"busy_seconds":[0,1,0]}`))
	f.Add([]byte(`{"type":"prewarm.windows","payload":{},"signature":""}`))
	p, s := newTest(keys)
	f.Fuzz(func(t *testing.T, body []byte) {
		req := handler.Request{Method: http.MethodPost, Body: body}
		req.WithContext(context.Background())
		res, err := p.Handle(req)
		if err != nil || (res.StatusCode != 200 && res.StatusCode/100 != 4) {
			t.Errorf("answered %d, %v", res.StatusCode, err)
		}
		if len(s.messages) != 0 {
			t.Error("an unsigned body was published")
		}
	})
}

package predictor

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/capacity"
	"prewarm/shared/event"
	"prewarm/shared/serve"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// replicaModelFile is a replica model of hello.fn, of which each replica carries 20 calls
// per second. A test of package replicafit makes the file.
const replicaModelFile = "testdata/replicas.bin"

// newTested returns a predictor with the model above, and its log.
func newTested(t testing.TB) (*Predictor, *bytes.Buffer) {
	t.Helper()
	replicas, err := loadReplicaModel(replicaModelFile)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	now := func() time.Time { return noon }
	return newPredictor(keys, model{}, replicas, &stream{messages: map[string][]byte{}}, now, slog.New(slog.NewTextHandler(&log, nil))), &log
}

const features = `{"requests_per_second":50,"response_bytes":28,"error_share":0,"concurrency":64,"p10_seconds":0.04,"p50_seconds":0.05,"p75_seconds":0.06,"p90_seconds":0.07,"p99_seconds":0.1}`

func TestFeaturesAreAnsweredWithReplicas(t *testing.T) {
	p, log := newTested(t)
	var got capacity.Answer
	body := post(t, p, http.MethodPost, "/predict", features, 200)
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Replicas < 3 || got.Replicas > 4 || got.Interval[0] > got.Replicas || got.Interval[1] < got.Replicas {
		t.Errorf("50 calls per second at 20 for each replica: got %+v", got)
	}
	if !strings.HasPrefix(got.Model, "hello.fn ") || !strings.Contains(got.Reason, "50.0/s") {
		t.Errorf("got %+v", got)
	}
	for _, want := range []string{"replicas predicted", "predicted=", "applied=-1", "function=hello.fn", "features="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q: %s", want, log.String())
		}
	}
}

// A client can append the rows of several answers to one file.
func TestAPredictionIsAnsweredAsCSV(t *testing.T) {
	p, _ := newTested(t)
	req := handler.Request{Method: http.MethodPost, Body: []byte(features), Header: http.Header{serve.PathHeader: {"/predict"}, "Accept": {"text/csv"}}}
	req.WithContext(context.Background())
	res, err := p.Handle(req)
	if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/csv" {
		t.Fatalf("%+v, %v", res, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(res.Body)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	names := strings.Join(rows[0], ",")
	if names != "timestamp,requests_per_second,response_bytes,error_share,concurrency,p10_seconds,p50_seconds,p75_seconds,p90_seconds,p99_seconds,predicted,applied,function" {
		t.Errorf("columns %s", names)
	}
	if row := strings.Join(rows[1], ","); !strings.HasPrefix(row, "2026-05-04T12:00:00Z,50,28,0,64,0.04,0.05,0.06,0.07,0.1,") || !strings.HasSuffix(row, ",-1,hello.fn") {
		t.Errorf("row %s", row)
	}
}

func TestWrongFeaturesAreRefused(t *testing.T) {
	p, _ := newTested(t)
	for _, c := range []struct {
		method, body string
		status       int
		text         string
	}{
		{http.MethodPost, strings.Replace(features, `"p99_seconds":0.1`, `"p98_seconds":0.1`, 1), 400, "must be set: p99_seconds"},
		{http.MethodPost, strings.Replace(features, `"p99_seconds":0.1`, `"p98_seconds":0.1`, 1), 400, `unknown: ["p98_seconds"]`},
		{http.MethodPost, strings.Replace(features, `:64`, `:"many"`, 1), 400, "concurrency must be a finite number"},
		{http.MethodPost, strings.Replace(features, `"p50_seconds":0.05`, `"p50_seconds":0.5`, 1), 400, "p75_seconds must be at least p50_seconds (0.5), was: 0.06"},
		{http.MethodPost, strings.Replace(features, `{`, `{"concurrency":1,`, 1), 400, "concurrency must be given once, was given again: 64"},
		{http.MethodPost, "", 400, "the body must be an object"},
		{http.MethodPost, features + strings.Repeat(" ", maxFeatures), 413, "at most"},
		{http.MethodGet, "", 405, "POST"},
	} {
		if text := post(t, p, c.method, "/predict", c.body, c.status); !strings.Contains(text, c.text) {
			t.Errorf("want %q, got %q", c.text, text)
		}
	}
}

func TestWithoutAReplicaModelTheAnswerTellsHowToTrainOne(t *testing.T) {
	p, _ := newTest(keys)
	if text := post(t, p, http.MethodPost, "/predict", features, 503); !strings.Contains(text, "go run ./models/train -grid") {
		t.Errorf("got %q", text)
	}
}

func TestTheReplicaModelIsReadFromItsPath(t *testing.T) {
	if r, err := loadReplicaModel(""); err != nil || r.model == nil || r.capacity == nil {
		t.Errorf("without a path the embedded model is read: got %+v, %v", r, err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := loadReplicaModel(empty); err != nil || r.model != nil {
		t.Errorf("an empty file means no model: got %+v, %v", r, err)
	}
	if err := os.WriteFile(empty, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, filepath.Join(t.TempDir(), "nowhere")} {
		if _, err := loadReplicaModel(path); err == nil || !strings.Contains(err.Error(), "replica_model") {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// A forecast has the capacity if the model was measured on its function, or if the function
// asks for the model by its name. It has the load rate in any case.
func TestAForecastHasTheCapacityOfItsFunction(t *testing.T) {
	p, _ := newTested(t)
	measured, asks, other, elsewhere := window(1, 2, 3), window(1, 2, 3), window(1, 2, 3), window(1, 2, 3)
	asks.Function, asks.ReplicaModel = "asks.fn", "hello.fn"
	other.Function, other.BusySeconds, other.Concurrency = "other.fn", []float32{0.04, 0.08, 0.12}, 2
	elsewhere.ReplicaModel = "another model" // a model that is not loaded gives no capacity
	all := []event.FunctionWindow{measured, asks, other, elsewhere}
	out := p.forecast(all)
	for i, covered := range []bool{true, true, false, false} {
		if (out[i].Capacity != nil) != covered {
			t.Errorf("%s: capacity %+v", all[i].Function, out[i].Capacity)
		}
	}
	if got := out[2].LoadRate; math.Abs(got-50) > 1e-4 || out[0].LoadRate != 0 {
		t.Errorf("two calls of 40 ms at a time are 50 per second, got %v; without a duration want 0, got %v", got, out[0].LoadRate)
	}
	c := out[0].Capacity
	if c.From != 4 || len(c.Carry) < 4 || c.Carry[0] < 10 || c.Carry[0] > 20 {
		t.Errorf("got %+v", c)
	}
	if err := (&event.Forecasts{Model: "half", Forecasts: out[:3]}).Validate(); err != nil {
		t.Error(err)
	}
}

// FuzzPredict posts features: the answer is at least one replica or a refusal.
func FuzzPredict(f *testing.F) {
	p, _ := newTested(f)
	p.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	f.Add([]byte(features))
	f.Add([]byte(`{"requests_per_second":1e39}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		req := handler.Request{Method: http.MethodPost, Body: body, Header: http.Header{serve.PathHeader: {"/predict"}}}
		req.WithContext(context.Background())
		res, err := p.Handle(req)
		if err != nil || (res.StatusCode != 200 && res.StatusCode/100 != 4) {
			t.Fatalf("answered %d, %v", res.StatusCode, err)
		}
		var a capacity.Answer
		if res.StatusCode == 200 && (json.Unmarshal(res.Body, &a) != nil || a.Replicas < 1) {
			t.Errorf("answered %s", res.Body)
		}
	})
}

// BenchmarkPredict measures one set of features from its body to the answer.
func BenchmarkPredict(b *testing.B) {
	p, _ := newTested(b)
	p.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	req := handler.Request{Method: http.MethodPost, Body: []byte(features), Header: http.Header{serve.PathHeader: {"/predict"}}}
	req.WithContext(context.Background())
	b.ReportAllocs()
	for b.Loop() {
		if res, err := p.Handle(req); err != nil || res.StatusCode != 200 {
			b.Fatalf("answered %d, %v", res.StatusCode, err)
		}
	}
}

// What the owner states comes before the load test, in calls per second or at a time.
func TestTheOwnersStatementComesBeforeTheLoadTest(t *testing.T) {
	p, _ := newTested(t)
	rate, atATime, posted := window(1, 2, 3), window(1, 2, 3), window(1, 2, 3)
	rate.CallsPerReplica, rate.CarriesBy = 45, "com.openfaas.scale.target (rps)"
	atATime.Function, atATime.ReplicaModel, atATime.CarriesBy = "asks.fn", "hello.fn", "max_inflight"
	posted.Function, posted.CallsPerReplica = "posted.window", 2
	out := p.forecast([]event.FunctionWindow{rate, atATime, posted})
	if c := out[0].Capacity; c == nil || c.Model != rate.CarriesBy || c.Each() != 45 || out[0].LoadRate != 45 {
		t.Errorf("stated rate: got %+v at %v", c, out[0].LoadRate)
	}
	if out[1].Capacity != nil {
		t.Errorf("stated calls at a time: got %+v", out[1].Capacity)
	}
	if out[2].Capacity.Model != out[2].CarriesBy {
		t.Errorf("a rate without a name: %q by %q", out[2].Capacity.Model, out[2].CarriesBy)
	}
	if err := (&event.Forecasts{Model: "half", Forecasts: out}).Validate(); err != nil {
		t.Error(err)
	}
}

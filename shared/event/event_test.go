package event_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

var key = event.NewKeys("", []byte("0123456789abcdef"))

func windows() *event.Windows {
	return &event.Windows{Windows: []event.FunctionWindow{{
		Function: "hello.openfaas-fn", InFlight: 0, Concurrency: 1,
		Window: series.Window{StepSeconds: 60, Start: 600, Counts: []int32{0, 3, series.NoData}},
	}}}
}

func forecasts() *event.Forecasts {
	f := event.Forecast{Function: "hello.openfaas-fn", Origin: 600, StepSeconds: 60, Observation: event.Observation{Recent: []int32{1, 0}}}
	for range event.Horizons {
		f.PActive = append(f.PActive, 0.25)
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, 0), append(f.NeedQ90, 1)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, 1), append(f.NeedQ99, 2)
	}
	return &event.Forecasts{Model: "m1", Forecasts: []event.Forecast{f}}
}

func seal(t testing.TB) []byte {
	t.Helper()
	_, body, err := event.Seal(key, event.TypeWindows, 780, "0", windows())
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestASealedMessageOpens(t *testing.T) {
	var got event.Windows
	env, err := event.Open(key, event.TypeWindows, seal(t), &got)
	if err != nil {
		t.Fatal(err)
	}
	if env.ID != "prewarm.windows/780/0" || env.Step != 780 || got.Windows[0].Counts[2] != series.NoData {
		t.Errorf("got %+v, %+v", env, got)
	}
}

func TestAReformattedMessageIsRefused(t *testing.T) {
	var tree map[string]json.RawMessage
	if err := json.Unmarshal(seal(t), &tree); err != nil {
		t.Fatal(err)
	}
	body, err := json.MarshalIndent(tree, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var got event.Windows
	if _, err := event.Open(key, event.TypeWindows, body, &got); !errors.Is(err, event.ErrSignature) {
		t.Errorf("reformatting changes the signed bytes: got %v, want ErrSignature", err)
	}
}

func TestForgedMessagesAreRefused(t *testing.T) {
	body := string(seal(t))
	for name, forged := range map[string]string{
		"another count":   strings.Replace(body, "[-1,3,-1]", "[-1,9,-1]", 1),
		"another step":    strings.Replace(body, `"step":780`, `"step":840`, 1),
		"another id":      strings.Replace(body, "/780/0", "/780/1", 1),
		"no signature":    body[:strings.Index(body, `,"signature"`)] + "}",
		"empty signature": body[:strings.Index(body, `"signature":"`)] + `"signature":""}`,
	} {
		if forged == body {
			t.Fatalf("%s: nothing was forged", name)
		}
		var got event.Windows
		if _, err := event.Open(key, event.TypeWindows, []byte(forged), &got); !errors.Is(err, event.ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
		if len(got.Windows) != 0 {
			t.Errorf("%s: the payload was decoded before the signature held", name)
		}
	}
	if _, err := event.Open(event.NewKeys("", []byte("another-key-of-16")), event.TypeWindows, []byte(body), &event.Windows{}); !errors.Is(err, event.ErrSignature) {
		t.Errorf("another key: got %v", err)
	}
}

func TestMalformedBodiesNameTheField(t *testing.T) {
	body := string(seal(t))
	for name, c := range map[string]struct {
		body string
		err  error
		text string
	}{
		"empty":           {"", event.ErrMalformed, "not an envelope"},
		"truncated":       {body[:len(body)/2], event.ErrMalformed, "not an envelope"},
		"another type":    {strings.Replace(body, `"type":"prewarm.windows"`, `"type":"prewarm.forecasts"`, 1), event.ErrMalformed, "type must be"},
		"another version": {strings.Replace(body, `"version":1`, `"version":2`, 1), event.ErrMalformed, "version must be 1"},
		"wrong kind":      {strings.Replace(body, `"step":780`, `"step":"x"`, 1), event.ErrMalformed, "step"},
		"no payload":      {`{"version":1,"type":"prewarm.windows","id":"a"}`, event.ErrMalformed, "payload must be set"},
		"huge":            {strings.Repeat(" ", event.MaxBody+1), event.ErrTooLarge, "at most"},
	} {
		_, err := event.Open(key, event.TypeWindows, []byte(c.body), &event.Windows{})
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPayloadBoundsAreNamed(t *testing.T) {
	for field, spoil := range map[string]func(*event.Forecast){
		"function must":            func(f *event.Forecast) { f.Function = "hello" },
		"origin must":              func(f *event.Forecast) { f.Origin = 601 },
		"p_active must":            func(f *event.Forecast) { f.PActive = f.PActive[:3] },
		"p_active[4]":              func(f *event.Forecast) { f.PActive[4] = event.Prob(math.Inf(1)) },
		"need_q99[5]":              func(f *event.Forecast) { f.NeedQ99[5] = 0 },
		"need_q50[0]":              func(f *event.Forecast) { f.NeedQ50[0] = -1 },
		"recent[1]":                func(f *event.Forecast) { f.Recent[1] = -2 },
		"recent_load must":         func(f *event.Forecast) { f.RecentLoad = []event.Load{1} },
		"recent_load[1]":           func(f *event.Forecast) { f.RecentLoad = []event.Load{1, event.Load(math.NaN())} },
		"expected_cold":            func(f *event.Forecast) { f.ExpectedCold = math.NaN() },
		"in_flight must":           func(f *event.Forecast) { f.InFlight = -2 },
		"peak must":                func(f *event.Forecast) { f.Peak = -2 },
		"note must":                func(f *event.Forecast) { f.Note = strings.Repeat("n", event.MaxNote+1) },
		"estimated[0]":             func(f *event.Forecast) { f.Estimated = []series.Span{{0, 9}} },
		"earlier[0].ago":           func(f *event.Forecast) { f.Earlier = []event.Occurrence{{Ago: 2, Need: 1}} },
		"earlier[1].ago":           func(f *event.Forecast) { f.Earlier = []event.Occurrence{{Ago: 9, Need: 1}, {Ago: 9, Need: 1}} },
		"earlier[0].need":          func(f *event.Forecast) { f.Earlier = []event.Occurrence{{Ago: 9}} },
		"earlier[0].load":          func(f *event.Forecast) { f.Earlier = []event.Occurrence{{Ago: 9, Need: 1, Load: -1}} },
		"earlier must":             func(f *event.Forecast) { f.Earlier = make([]event.Occurrence, event.MaxEarlier+1) },
		"load_rate must":           func(f *event.Forecast) { f.LoadRate = math.Inf(1) },
		"capacity.carry must have": func(f *event.Forecast) { f.Capacity = &event.Capacity{Model: "m", From: 1} },
		"step_seconds":             func(f *event.Forecast) { f.StepSeconds = 0 },
		"step_seconds must be":     func(f *event.Forecast) { f.StepSeconds = 86401 },
		"origin must be a":         func(f *event.Forecast) { f.Origin = math.MaxInt64 - math.MaxInt64%60 },
		"which would begin before 1970, was: 600": func(f *event.Forecast) { f.Recent = make([]int32, 11) },
		"the 660 seconds of recent":               func(f *event.Forecast) { f.Earlier = []event.Occurrence{{Ago: 11, Need: 1}} },
		"evidence must be":                        func(f *event.Forecast) { f.Evidence = -1 },
	} {
		batch := forecasts()
		spoil(&batch.Forecasts[0])
		if err := batch.Validate(); !errors.Is(err, event.ErrPayload) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if err := forecasts().Validate(); err != nil {
		t.Error(err)
	}
	if err := (&event.Windows{}).Validate(); err == nil || !strings.Contains(err.Error(), "windows must have 1 to") {
		t.Errorf("an empty batch: got %v", err)
	}
}

func TestBoundsOfDecisionsAreNamed(t *testing.T) {
	decisions := func() *event.Decisions {
		return &event.Decisions{Decisions: []event.Decision{{Function: "a.b", Inputs: event.Inputs{
			Settled: []int32{0, 2, -1}, Peak: -1, Started: -1, MemoryBytes: 128 << 20, ReadinessSeconds: 2.5, ExpectedColdLeft: 0.25,
			Prices: &event.Prices{Idle: 7.5, Cold: 249, MemoryBytes: 128 << 20, MemoryFrom: event.MemoryOwn},
		}}}}
	}
	if err := decisions().Validate(); err != nil {
		t.Error(err)
	}
	for field, spoil := range map[string]func(*event.Inputs){
		"settled must have at most 5 steps":        func(in *event.Inputs) { in.Settled = make([]int32, 6) },
		"settled[1] must be at least 0":            func(in *event.Inputs) { in.Settled[1] = -2 },
		"peak must be between -1 and":              func(in *event.Inputs) { in.Peak = -2 },
		"started must be between -1 and":           func(in *event.Inputs) { in.Started = -2 },
		"memory_bytes must be between 0":           func(in *event.Inputs) { in.MemoryBytes = -1 },
		"readiness_seconds must be between 0":      func(in *event.Inputs) { in.ReadinessSeconds = math.NaN() },
		"expected_cold_left must be between 0 and": func(in *event.Inputs) { in.ExpectedColdLeft = 61 },
		"p_active must be between 0 and 1":         func(in *event.Inputs) { in.PActive = 7 },
		"p_more must be between 0 and 1":           func(in *event.Inputs) { in.PMore = math.Inf(1) },
		"cost_ratio must be between 0 and 1":       func(in *event.Inputs) { in.CostRatio = -1 },
		"lookahead_steps must be between 0":        func(in *event.Inputs) { in.LookaheadSteps = -1 },
		"in_flight must be between -1":             func(in *event.Inputs) { in.InFlight = math.MaxInt64 },
		"calls_per_replica must be between 0":      func(in *event.Inputs) { in.CallsPerReplica = 1e300 },
		"prices.idle must be between 0 and":        func(in *event.Inputs) { in.Prices.Idle = -1 },
		"prices.cold must be between 0 and":        func(in *event.Inputs) { in.Prices.Cold = math.Inf(1) },
		"prices.memory_bytes must be between 1":    func(in *event.Inputs) { in.Prices.MemoryBytes = 0 },
		"prices.memory_from must be own, median":   func(in *event.Inputs) { in.Prices.MemoryFrom = "guess" },
	} {
		batch := decisions()
		spoil(&batch.Decisions[0].Inputs)
		if err := batch.Validate(); !errors.Is(err, event.ErrPayload) || !strings.Contains(err.Error(), "decisions[0].inputs."+field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// TestARecordedForecastKeepsItsMeaning decodes the payload of a recorded message
// and encodes it again: both forms must be the same, byte for byte.
func TestARecordedForecastKeepsItsMeaning(t *testing.T) {
	const recorded = `{"function":"resize.openfaas-fn","origin":1799999940,"step_seconds":60,` +
		`"p_active":[0.25,0.9999],"need_q50":[0,1],"need_q90":[1,2],"need_q95":[1,2],"need_q99":[2,3],` +
		`"expected_cold":1.5,"recent":[2,0,-1],"recent_load":[1.253,0,0],"load_rate":25,` +
		`"capacity":{"model":"resize 1","from":2,"carry":[10,25]},"in_flight":3,"evidence":7}`
	want := event.Forecast{
		Function: "resize.openfaas-fn", Origin: 1_799_999_940, StepSeconds: 60, PActive: []event.Prob{0.25, 0.9999},
		NeedQ50: []int32{0, 1}, NeedQ90: []int32{1, 2}, NeedQ95: []int32{1, 2}, NeedQ99: []int32{2, 3}, ExpectedCold: 1.5, Evidence: 7,
		Observation: event.Observation{
			Recent: []int32{2, 0, series.NoData}, RecentLoad: []event.Load{1.253, 0, 0}, LoadRate: 25, InFlight: 3,
			Capacity: &event.Capacity{Model: "resize 1", From: 2, Carry: []float64{10, 25}},
		},
	}
	var got event.Forecast
	if err := json.Unmarshal([]byte(recorded), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded as %+v (%v), want %+v", got, err, want)
	}
	if encoded, err := json.Marshal(&want); err != nil || string(encoded) != recorded {
		t.Errorf("encoded as %s (%v), want %s", encoded, err, recorded)
	}
}

func TestAForecastWithoutDataHasNoCurves(t *testing.T) {
	batch := forecasts()
	batch.Forecasts[0].NoData = "2 known steps, 3 are needed"
	if err := batch.Validate(); err == nil {
		t.Error("curves beside no_data contradict it")
	}
	f := event.Forecast{Function: "a.b", StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	if err := (&event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestRoundingNeverMakesCertain(t *testing.T) {
	for p, want := range map[event.Prob]string{0: "0", 1: "1", 0.00001: "0.0001", 0.99999: "0.9999", 0.12341: "0.1234", 0.5: "0.5"} {
		got, err := json.Marshal(p)
		if err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v, want %s", p, got, err, want)
		}
	}
	if _, err := json.Marshal(event.Prob(1.5)); err == nil {
		t.Error("1.5 is not a probability")
	}
}

// FuzzOpen opens any bytes: a payload that opens without an error is valid.
func FuzzOpen(f *testing.F) {
	f.Add(seal(f))
	f.Add([]byte(`{"version":1,"type":"prewarm.windows","id":"a","payload":{},"signature":"00"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var got event.Windows
		if _, err := event.Open(key, event.TypeWindows, body, &got); err == nil {
			if err := got.Validate(); err != nil {
				t.Errorf("an invalid payload was opened: %v", err)
			}
		}
	})
}

// FuzzPayloads decodes payloads without the check of the signature. A payload that is
// valid must seal.
func FuzzPayloads(f *testing.F) {
	all := forecasts()
	raw, _ := json.Marshal(all)
	f.Add(raw)
	all.Forecasts[0].LoadRate, all.Forecasts[0].Capacity = 25, &event.Capacity{Model: "resize 1", From: 2, Carry: []float64{10, 25}}
	raw, _ = json.Marshal(all)
	f.Add(raw)
	raw, _ = json.Marshal(&event.Decisions{Decisions: []event.Decision{{Function: "a.b", Inputs: event.Inputs{Settled: []int32{0, 2, -1}, Started: -1, MemoryBytes: 1 << 27}}}})
	f.Add(raw)
	raw, _ = json.Marshal(&event.Mode{Function: "a.b", Mode: "active", By: "token", Time: time.Unix(600, 0)})
	f.Add(raw)
	f.Add([]byte(`{"windows":[{"function":"a.b","step_seconds":60,"start":600,"concurrency":1,"spread":[[1,2]],"sparse":{"steps":5,"unknown":[[0,1]],"counts":[-2,3,-1,0],"errors":[1,0],"busy_seconds":[0,0.5],"measured":[[1,5]],"running":[0,1.5]}}]}`))
	f.Add([]byte(`{"model":"m","forecasts":[{"function":"a.b","origin":600,"step_seconds":60,"sparse":{"p_active":[250,-59],"need_q50":[-60],"need_q90":[1,-59],"need_q95":[1,-59],"need_q99":[1,-1,2,-57],"recent":[-4,2],"unknown":[[0,1]],"recent_load":[-4,1.5]}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, p := range []event.Payload{&event.Windows{}, &event.Forecasts{}, &event.Decisions{}, &event.Mode{}} {
			if json.Unmarshal(raw, p) != nil || p.Validate() != nil {
				continue
			}
			_, body, err := event.Seal(key, "t", 0, "0", p)
			if err != nil && !errors.Is(err, event.ErrTooLarge) {
				t.Errorf("a valid payload does not seal: %v", err)
			}
			if err == nil {
				checkOpens(t, body, p)
			}
		}
	})
}

// checkOpens fails unless the message opens as the payload that was sealed, written in its own
// form.
func checkOpens(t *testing.T, body []byte, sealed event.Payload) {
	t.Helper()
	got := reflect.New(reflect.TypeOf(sealed).Elem()).Interface().(event.Payload)
	if _, err := event.Open(key, "t", body, got); err != nil {
		t.Fatalf("a sealed payload does not open: %v", err)
	}
	// Again, because lists that say nothing are left out of a message.
	_, again, err := event.Seal(key, "t", 0, "0", got)
	if err != nil || string(again) != string(body) {
		t.Errorf("got %s (%v), want %s", again, err, body)
	}
}

// A load must have the same value before encoding and after decoding.
func TestLoadSurvivesItsMessage(t *testing.T) {
	for count := int32(-1); count < 3000; count += 7 {
		exact := float64(max(count, 0)) * 0.0371 / 60
		load := event.NewLoad(exact)
		text, err := json.Marshal(load)
		if err != nil {
			t.Fatal(err)
		}
		var back event.Load
		if err := json.Unmarshal(text, &back); err != nil || back != load || len(text) > 7 {
			t.Fatalf("load of %d calls is %v, came back from %s as %v (%v)", count, load, text, back, err)
		}
		if math.Abs(float64(load)-exact) > 0.00051 {
			t.Errorf("load of %d calls is %v, want %v", count, load, exact)
		}
	}
	if event.NewLoad(math.MaxInt32*1e11) > math.MaxInt32 {
		t.Error("a load beyond any number of replicas")
	}
}

func TestAFunctionIsInABatchOnce(t *testing.T) {
	w := event.FunctionWindow{Function: "twice.fn", Concurrency: 1, Window: series.Window{StepSeconds: 60, Counts: []int32{1}}}
	windows := event.Windows{Windows: []event.FunctionWindow{w, w}}
	if err := windows.Validate(); !errors.Is(err, event.ErrPayload) || !strings.Contains(err.Error(), `windows[1].function must be in the batch once, was there before: "twice.fn"`) {
		t.Errorf("got %v", err)
	}
	windows.Windows[1].Function = "other.fn"
	if err := windows.Validate(); err != nil {
		t.Error(err)
	}
	f := forecasts().Forecasts[0]
	if err := (&event.Forecasts{Model: "m", Forecasts: []event.Forecast{f, f}}).Validate(); err == nil || !strings.Contains(err.Error(), "forecasts[1].function must be in the batch once") {
		t.Errorf("got %v", err)
	}
}

package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// openedForecasts returns what the scaler reads of a payload.
func openedForecasts(t *testing.T, payload event.Payload) (event.Forecasts, error) {
	t.Helper()
	_, body, err := event.Seal(key, event.TypeForecasts, 600, "0", payload)
	if err != nil {
		t.Fatal(err)
	}
	var got event.Forecasts
	_, err = event.Open(key, event.TypeForecasts, body, &got)
	return got, err
}

// During an update, a predictor of an earlier version sends forecasts in the dense form, in which
// a user has the answer to a window as well. Both forms have the same meaning.
func TestBothFormsOfAForecastAreRead(t *testing.T) {
	want := forecasts()
	f := &want.Forecasts[0]
	for h := range f.PActive {
		f.PActive[h] = event.Prob(float32(h) / 59).Rounded()
	}
	f.NeedQ99[59] = math.MaxInt32
	f.Recent, f.RecentLoad = []int32{-1, -1, 0, 0, 2, 2, -1, 1}, []event.Load{0, 0, 0, 0, 1.253, 1.253, 0, 0.001}
	f.Estimated, f.Earlier = []series.Span{{1, 2}}, []event.Occurrence{{Ago: 9, Need: 1, Load: 0.5}}
	f.ExpectedCold, f.Evidence, f.InFlight, f.Peak, f.Note, f.Queued = 1.5, 7, 3, 4, "note", 5
	f.Capacity, f.LoadRate, f.Concurrency, f.CarriesBy, f.Provisional = event.Stated(2, "label"), 25, 3, "label", true
	blank := event.Forecast{Function: "b.fn", Origin: 600, StepSeconds: 60, NoData: "no data", Observation: event.Observation{Recent: []int32{0, 0}}}
	want.Forecasts = append(want.Forecasts, blank)
	dense, err := json.Marshal(want)
	if err != nil || !strings.Contains(string(dense), `"recent":[-1,-1,0,0,2,2,-1,1]`) {
		t.Fatalf("%s, %v", dense, err)
	}
	for form, payload := range map[string]event.Payload{"sparse": want, "dense": raw(dense)} {
		if got, err := openedForecasts(t, payload); err != nil || !reflect.DeepEqual(&got, want) {
			t.Errorf("%s: got %+v (%v), want %+v", form, got, err, want)
		}
	}
	_, body, err := event.Seal(key, event.TypeForecasts, 600, "0", want)
	if err != nil || !strings.Contains(string(body), `"recent":[-4,2,-1,0,1],"unknown":[[0,2],[6,7]]`) || strings.Contains(string(body), `"recent":[-1`) {
		t.Errorf("sealed as %s, %v", body, err)
	}
}

// A forecast that cannot be read fails its batch, with its number, field, bound and value.
func TestAnUnreadableSparseForecastIsNamed(t *testing.T) {
	const forecast = `{"model":"m","forecasts":[{"function":"a.fn","origin":600,"step_seconds":60,`
	for text, want := range map[string]string{
		forecast + `"sparse":{"need_q95":[-61]}}]}`:                        "forecasts[0].sparse.need_q95[0] must be at least 0, or a whole number of steps down to -60, was: -61",
		forecast + `"sparse":{"p_active":[-60,1]}}]}`:                      "forecasts[0].sparse.p_active must have at most 60 steps, had: 61 or more",
		forecast + `"sparse":{"recent":[-241]}}]}`:                         "sparse.recent[0] must be at least 0, or a whole number of steps down to -240, was: -241",
		forecast + `"sparse":{"recent":[-240],"recent_load":[-0.5]}}]}`:    "sparse.recent_load[0] must be at least 0, or a whole number",
		forecast + `"sparse":{"recent":[-2],"unknown":[[1,3]]}}]}`:         "sparse.unknown[0] must be a range of steps within 0 to 2, was: [1,3]",
		forecast + `"recent":[1],"sparse":{"recent":[-2]}}]}`:              "forecasts[0].sparse must stand alone, the lists beside it had: 1 values",
		forecast + `"sparse":{"p_active":[-59]}}]}`:                        "p_active must have 60 horizons, had: 59",
		forecast + `"sparse":{"p_active":[10001,-59]}}]}`:                  "p_active[0] must be between 0 and 1, was: 1.0001",
		`{"model":"m","forecasts":[` + strings.Repeat(`{},`, 200) + `{}]}`: "forecasts must have 1 to 200 entries, had: 201",
	} {
		if _, err := openedForecasts(t, raw(text)); !errors.Is(err, event.ErrPayload) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.150s: got %v, want %s", text, err, want)
		}
	}
}

// Each probability that a message can hold is the same number in both forms.
func TestBothFormsOfAProbabilityAreTheSameNumber(t *testing.T) {
	for parts := range 10_001 {
		var dense event.Prob
		if err := json.Unmarshal(fmt.Appendf(nil, "%d.%04d", parts/10_000, parts%10_000), &dense); err != nil {
			t.Fatal(err)
		}
		if dense.Rounded() != dense {
			t.Errorf("%d ten-thousandths are read as %v, and written as %v", parts, dense, dense.Rounded())
		}
	}
}

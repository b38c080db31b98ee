package event_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// raw is a payload that is sealed as it is, as an earlier version or another program does it.
type raw string

func (r raw) Validate() error              { return nil }
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// opened returns what the predictor reads of a payload.
func opened(t *testing.T, payload event.Payload) (event.Windows, error) {
	t.Helper()
	_, body, err := event.Seal(key, event.TypeWindows, 780, "0", payload)
	if err != nil {
		t.Fatal(err)
	}
	var got event.Windows
	_, err = event.Open(key, event.TypeWindows, body, &got)
	return got, err
}

// During an update, a collector of an earlier version sends windows in the dense form, which
// users post as well. Both forms have the same meaning.
func TestBothFormsOfAWindowAreRead(t *testing.T) {
	want := event.Windows{Windows: []event.FunctionWindow{{
		Function: "a.fn", InFlight: 2, Peak: 3, Note: "note", Queued: 4, Concurrency: 0.5, CallsPerReplica: 7, CarriesBy: "label", ReplicaModel: "m",
		Window: series.Window{
			StepSeconds: 60, Start: 480, Counts: []int32{-1, 0, 3, 0, 2}, Errors: []int32{0, 0, 1, 0, 0}, BusySeconds: []float32{0, 0, 0.1, 7, 0},
			Running: []float32{-1, 0, 0.001, 0, 0}, Spread: []series.Span{{1, 2}}, AtLeast: []series.Span{{4, 5}},
		},
	}}}
	dense, err := json.Marshal(&want)
	if err != nil || !strings.Contains(string(dense), `"counts":[-1,0,3,0,2]`) {
		t.Fatalf("%s, %v", dense, err)
	}
	for form, payload := range map[string]event.Payload{"sparse": &want, "dense": raw(dense)} {
		if got, err := opened(t, payload); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v (%v), want %+v", form, got, err, want)
		}
	}
	_, body, err := event.Seal(key, event.TypeWindows, 780, "0", &want)
	if err != nil || !strings.Contains(string(body), `"sparse":{"steps":5,`) || strings.Contains(string(body), "[-1,0,3,0,2]") {
		t.Errorf("sealed as %s, %v", body, err)
	}
}

// A window that cannot be read fails its batch, with its number, field, bound and value.
func TestAnUnreadableSparseWindowIsNamed(t *testing.T) {
	const window = `{"windows":[{"function":"a.fn","concurrency":1,"step_seconds":60,"start":0,`
	for text, want := range map[string]string{
		window + `"sparse":{"steps":1441,"counts":[-1441]}}]}`:                                                  "windows[0].series: invalid window: sparse.steps must be between 1 and 1440, was: 1441",
		window + `"counts":[1],"sparse":{"steps":1,"counts":[1]}}]}`:                                            "windows[0].series: invalid window: sparse must stand alone",
		window + `"running":[1],"sparse":{"steps":1,"counts":[1]}}]}`:                                           "windows[0].series: invalid window: sparse must stand alone",
		window + `"sparse":{"steps":1,"counts":[1],"busy_seconds":[-1]}}]}`:                                     "busy_seconds[0] must be finite and not negative",
		window + `"sparse":{"steps":1,"counts":[-1],"unknown":[[1,1]]}}]}`:                                      "sparse.unknown[0] must be a range of steps within 0 to 1",
		window + `"counts":[]}]}`:                                                                               "counts must have 1 to 1440 steps, had: 0",
		`{"windows":[` + strings.Repeat(`{},`, event.MaxBatch) + `{}]}`:                                         "windows must have 1 to 200 entries, had: 201",
		`{"windows":[` + strings.Repeat(`{"sparse":{"steps":1440,"counts":[-1440]}},`, event.MaxBatch) + `{}]}`: "windows must have 1 to 200 entries, had: 201",
	} {
		if _, err := opened(t, raw(text)); !errors.Is(err, event.ErrPayload) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.120s: got %v, want %s", text, err, want)
		}
	}
}

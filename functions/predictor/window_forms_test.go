package predictor

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"prewarm/shared/event"
)

// Forecasts are the same to the bit, whether the windows come sparse or in the dense form of
// an earlier collector.
func TestForecastsDoNotDependOnTheFormOfWindows(t *testing.T) {
	model, err := loadForecaster()
	if err != nil {
		t.Fatal(err)
	}
	var busy, longCalls, gaps event.FunctionWindow
	for _, w := range []*event.FunctionWindow{&busy, &longCalls, &gaps} {
		*w = window(make([]int32, 300)...)
		w.Errors, w.BusySeconds = make([]int32, 300), make([]float32, 300)
	}
	longCalls.Running = make([]float32, 300)
	for i := range 300 {
		busy.Counts[i], busy.BusySeconds[i], busy.Errors[i] = int32(i%7), float32(i%7)*0.3071, int32(i%5/4)
		longCalls.Counts[i], longCalls.BusySeconds[i], longCalls.Running[i] = int32(i%40/39), 90*float32(i%40/39), float32(i%40/38)*1.5
		gaps.Counts[i] = int32(i%25/24*3) - int32(i%11/10)*int32(1-i%25/24)
	}
	busy.Function, longCalls.Function, gaps.Function = "busy.fn", "long.fn", "gaps.fn"
	windows := event.Windows{Windows: []event.FunctionWindow{busy, longCalls, gaps}}
	dense, err := json.Marshal(&windows)
	if err != nil {
		t.Fatal(err)
	}
	var answers [][]byte
	for _, form := range []event.Payload{&windows, payload(dense)} {
		_, body, err := event.Seal(keys, event.TypeWindows, busy.End(), "7", form)
		if err != nil {
			t.Fatal(err)
		}
		p, s := newTest(keys)
		p.model, p.now = model, func() time.Time { return time.Unix(busy.End(), 0) }
		post(t, p, http.MethodPost, "/", string(body), http.StatusOK)
		text, err := json.Marshal(published(t, s))
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, text)
	}
	if !bytes.Equal(answers[0], answers[1]) || len(answers[0]) < 3000 {
		t.Errorf("from sparse windows %s, from dense ones %s", answers[0], answers[1])
	}
}

// A user posts a window in the dense form: the sparse one is refused by the name of its field.
func TestAPostedWindowIsDense(t *testing.T) {
	p, _ := newTest(keys)
	text := post(t, p, http.MethodPost, "/", `{"step_seconds":60,"start":600,"sparse":{"steps":3,"counts":[-3]}}`, http.StatusBadRequest)
	if want := `unknown field "sparse"`; !bytes.Contains([]byte(text), []byte(want)) {
		t.Errorf("got %s, want %s", text, want)
	}
}

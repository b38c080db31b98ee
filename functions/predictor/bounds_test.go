package predictor

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/event"
)

// Windows that the scaler would refuse the forecasts of are refused before: after an outage
// the connector delivers many of them.
func TestStaleAndFutureWindowsAreRefused(t *testing.T) {
	p, s := newTest(keys)
	body := batch(t, 780, window(1, 2, 3))
	for _, c := range []struct {
		now  int64
		want int
	}{{780 + 181, 409}, {780 - 61, 409}, {780 + 180, 200}, {780 - 60, 200}} {
		p.now = func() time.Time { return time.Unix(c.now, 0) }
		clear(s.messages)
		if text := post(t, p, http.MethodPost, "/", body, c.want); (c.want == 409) != strings.Contains(text, "age must be between -1m0s and 3m0s") {
			t.Errorf("at %d: got %q", c.now, text)
		}
		if (len(s.messages) == 1) != (c.want == 200) {
			t.Errorf("at %d: %d messages are published", c.now, len(s.messages))
		}
	}
}

// A window that a caller posts without a signature may be of any time.
func TestAnOldWindowIsAnsweredWithoutTheChain(t *testing.T) {
	p, _ := newTest(event.Keys{})
	p.now = time.Now
	post(t, p, http.MethodPost, "/", `{"step_seconds":60,"start":600,"counts":[0,1,0]}`, 200)
}

// spoilt is a model that spoils the forecast of one function.
type spoilt struct {
	model
	spoil func(f *event.Forecast)
}

func (s spoilt) Forecast(out []event.Forecast, windows []event.FunctionWindow) []error {
	errs := s.model.Forecast(out, windows)
	s.spoil(&out[7])
	return errs
}

// One of twenty forecasts is not valid. It becomes one without data, with the reason, in the
// log and in a metric; the others are published as they are.
func TestAnInvalidForecastFailsNoOther(t *testing.T) {
	for field, spoil := range map[string]func(f *event.Forecast){
		"expected_cold": func(f *event.Forecast) { f.ExpectedCold = math.NaN() },
		"p_active[3]":   func(f *event.Forecast) { f.PActive[3] = event.Prob(math.NaN()) },
		"need_q90[0]":   func(f *event.Forecast) { f.NeedQ50[0] = 9 },
		"need_q50[1]":   func(f *event.Forecast) { f.NeedQ50[1] = math.MinInt32 },
		"load_rate":     func(f *event.Forecast) { f.LoadRate = math.Inf(1) },
		"recent[0]":     func(f *event.Forecast) { f.Recent = []int32{-7} },
	} {
		var log strings.Builder
		p, s := newTest(keys)
		p.model, p.log = spoilt{spoil: spoil}, slog.New(slog.NewTextHandler(&log, nil))
		var windows []event.FunctionWindow
		for i := range 20 {
			w := window(1, 2, 3)
			w.Function = fmt.Sprintf("f%d.fn", i)
			windows = append(windows, w)
		}
		post(t, p, http.MethodPost, "/", batch(t, 780, windows...), 200)
		got := published(t, s)
		bad := got[7]
		if got = slices.Delete(got, 7, 8); len(got) != 19 || slices.ContainsFunc(got, func(f event.Forecast) bool { return f.NoData != "" || f.PActive[59] != 0.5 }) {
			t.Errorf("%s: the other forecasts are %+v", field, got)
		}
		if !strings.Contains(bad.NoData, field) || bad.Function != "f7.fn" || bad.Origin != 780 || len(bad.PActive) != 0 {
			t.Errorf("%s: got %+v", field, bad)
		}
		if !strings.Contains(log.String(), "function=f7.fn") || testutil.ToFloat64(p.metrics.invalid) != 1 {
			t.Errorf("%s: log %q, counted %v", field, log.String(), testutil.ToFloat64(p.metrics.invalid))
		}
	}
}

// published returns the forecasts of the one message in the stream.
func published(t *testing.T, s *stream) []event.Forecast {
	t.Helper()
	var got event.Forecasts
	for _, body := range s.messages {
		if _, err := event.Open(keys, event.TypeForecasts, body, &got); err != nil {
			t.Fatal(err)
		}
	}
	return got.Forecasts
}

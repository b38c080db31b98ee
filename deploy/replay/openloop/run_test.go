package openloop_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/deploy/replay/openloop"
	"prewarm/shared/trace"
)

// gateway answers requests in the virtual time of a test.
type gateway func(*http.Request) (*http.Response, error)

func (g gateway) RoundTrip(r *http.Request) (*http.Response, error) { return g(r) }

// answer makes a response with headers given in pairs.
func answer(status int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(""))}
}

// work waits d, or for the end of the request.
func work(r *http.Request, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

// options replay tr on g, without metrics.
func options(tr *trace.Trace, g gateway) openloop.Options {
	o := openloop.Options{Gateway: "http://gateway.test:8080", Trace: tr, Transport: g, MetricsURL: "none"}
	for _, f := range tr.Functions {
		o.Deployed = append(o.Deployed, "fn-"+f.Name)
	}
	return o
}

func replay(t *testing.T, o openloop.Options) *openloop.Report {
	t.Helper()
	report, err := openloop.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func near(got, want float64) bool { return math.Abs(got-want) < 1e-6 }

// Every call is sent at its time in the plan, divided by the speed.
func TestCallsAreSentWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := traceOf([]int32{3, 0, 2}, []int32{1, 4, 0})
		begin := time.Now()
		var mu sync.Mutex
		var sent []time.Duration
		o := options(tr, func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Since(begin))
			return answer(200), nil
		})
		o.Speed, o.Plan.Seed = 60, 3
		report := replay(t, o)
		due := plan(t, tr, o.Plan)
		if len(sent) != len(due) || report.Total.Calls != 10 {
			t.Fatalf("%d calls sent, %d reported; %d planned", len(sent), report.Total.Calls, len(due))
		}
		for i, c := range due {
			if want := time.Duration(float64(c.Due) / 60); sent[i] != want {
				t.Errorf("call %d sent at %v; want %v", i, sent[i], want)
			}
		}
		if report.WallSeconds != 3 {
			t.Errorf("took %v s; 3 minutes at speed 60 take 3 s", report.WallSeconds)
		}
	})
}

// The gateway does not answer for an hour. A closed loop would send one call and wait; in
// open loop all calls are sent when they are due.
// A proxy may serve OpenFaaS below a path.
func TestAGatewayBelowAPathIsCalledThere(t *testing.T) {
	for address, want := range map[string]string{
		"http://gateway.test:8080":            "http://gateway.test:8080/function/fn-a",
		"http://gateway.test:8080//openfaas/": "http://gateway.test:8080/openfaas/function/fn-a",
	} {
		synctest.Test(t, func(t *testing.T) {
			called := ""
			o := options(traceOf([]int32{1}), func(r *http.Request) (*http.Response, error) {
				called = r.URL.String()
				return answer(200), nil
			})
			o.Gateway = address
			o.Deployed = []string{"fn-a"}
			if replay(t, o); called != want {
				t.Errorf("%s: called %s, want %s", address, called, want)
			}
		})
	}
}

func TestASlowGatewayDoesNotDelayCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		underway, most := 0, 0
		o := options(traceOf([]int32{40, 40}), func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			underway++
			most = max(most, underway)
			mu.Unlock()
			return answer(200), work(r, time.Hour)
		})
		o.Timeout = 2 * time.Hour
		report := replay(t, o)
		if most != 80 || report.Total.Dropped != 0 || report.Total.Errors != 0 {
			t.Errorf("%d calls at once, %d dropped, %d errors; want 80, 0, 0", most, report.Total.Dropped, report.Total.Errors)
		}
		if p50 := report.Total.Latency.All.P50; p50 != 3600 {
			t.Errorf("median latency is %v s; want 3600", p50)
		}
	})
}

// At most two calls may be in progress, and each takes an hour: the other calls of the two
// minutes are dropped when they are due, and counted.
func TestCallsBeyondTheBoundAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(traceOf([]int32{5, 4}), func(r *http.Request) (*http.Response, error) {
			return answer(200), work(r, time.Hour)
		})
		o.MaxInFlight, o.Timeout = 2, 2*time.Hour
		report := replay(t, o)
		if got := report.Total; got.Calls != 2 || got.Dropped != 7 {
			t.Errorf("%d calls, %d dropped; want 2 and 7", got.Calls, got.Dropped)
		}
	})
}

// Of ten calls the first two are cold and take 2 s, one fails after 10 ms, the
// rest are warm and take 100 ms.
func TestReportSplitsWarmFromCold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		o := options(traceOf([]int32{10}), func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			n++
			mine := n
			mu.Unlock()
			switch {
			case mine <= 2:
				return answer(200, "X-Cold-Start", "true", "X-Cold-Start-Wait-Seconds", "1.5"), work(r, 2*time.Second)
			case mine == 3:
				return answer(502), work(r, 10*time.Millisecond)
			}
			return answer(200, "X-Cold-Start", "false"), work(r, 100*time.Millisecond)
		})
		got := replay(t, o).Total
		if got.Calls != 10 || got.Errors != 1 || got.Cold != 2 || got.Warm != 7 || got.ColdWait != 3 {
			t.Errorf("calls %d, errors %d, cold %d, warm %d, wait %v; want 10, 1, 2, 7, 3", got.Calls, got.Errors, got.Cold, got.Warm, got.ColdWait)
		}
		if got.Status["200"] != 9 || got.Status["502"] != 1 {
			t.Errorf("status are %v", got.Status)
		}
		l := got.Latency
		if !near(l.Cold.P50, 2) || !near(l.Warm.P99, 0.1) || !near(l.All.P50, 0.1) || !near(l.All.P95, 2) || l.All.Calls != 10 {
			t.Errorf("latencies are cold %+v, warm %+v, all %+v", l.Cold, l.Warm, l.All)
		}
		if mean := (2*2 + 0.01 + 7*0.1) / 10; !near(l.All.Mean, mean) || !near(l.All.Max, 2) {
			t.Errorf("mean %v, largest %v; want %v, 2", l.All.Mean, l.All.Max, mean)
		}
	})
}

func TestFailuresAreCountedByKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		o := options(traceOf([]int32{3}), func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			n++
			mine := n
			mu.Unlock()
			switch mine {
			case 1:
				return nil, errors.New("connection refused")
			case 2:
				if err := work(r, time.Hour); err != nil {
					return nil, err
				}
			}
			return answer(429), nil
		})
		o.Timeout = 3 * time.Second
		got := replay(t, o).Total
		if got.Errors != 3 || got.Status["no answer"] != 1 || got.Status["timeout"] != 1 || got.Status["429"] != 1 {
			t.Errorf("%d errors by %v; want no answer, timeout and 429", got.Errors, got.Status)
		}
		if got.Latency.All.Max != 3 {
			t.Errorf("the timed-out call took %v s; want 3", got.Latency.All.Max)
		}
	})
}

// An interrupt after one and a half of ten minutes: calls in progress that end within the
// drain count, others are cancelled, and no further call is sent.
func TestInterruptDrainsAndReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counts := []int32{1, 0, 1, 1, 1, 1, 1, 1, 1, 1}
		o := options(traceOf(counts, counts), func(r *http.Request) (*http.Response, error) {
			d := 95 * time.Second // of function a: ends within the drain
			if strings.HasSuffix(r.URL.Path, "b") {
				d = time.Hour
			}
			if err := work(r, d); err != nil {
				return nil, err
			}
			return answer(200), nil
		})
		o.Timeout, o.Drain = 2*time.Hour, time.Minute+10*time.Second
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(90*time.Second, cancel)
		report, err := openloop.Run(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		a, b := report.Functions[0], report.Functions[1]
		if !report.Interrupted || a.Calls != 1 || b.Calls != 1 {
			t.Errorf("interrupted %t, calls %d and %d; want true, 1, 1", report.Interrupted, a.Calls, b.Calls)
		}
		if a.Status["200"] != 1 || b.Status["cancelled"] != 1 {
			t.Errorf("status are %v and %v; want 200 and cancelled", a.Status, b.Status)
		}
		if report.WallSeconds != 160 {
			t.Errorf("ended after %v s; want 90 and 70 of drain", report.WallSeconds)
		}
	})
}

// A call is busy for the same share of a minute as in the trace: at speed 10 a call of 4 s
// asks for 0.4 s. The work is bounded.
func TestCallsAskForTheDurationOfTheTrace(t *testing.T) {
	for _, c := range []struct {
		why                   string
		speed, scale, maxWork float64
		want                  string
	}{
		{"real time", 1, 0, 0, "4.000000"},
		{"ten times as fast", 10, 0, 0, "0.400000"},
		{"scale of its own", 10, 1, 0, "4.000000"},
		{"bounded", 1, 0, 2.5, "2.500000"},
	} {
		synctest.Test(t, func(t *testing.T) {
			tr := traceOf([]int32{1})
			tr.Functions[0].Duration = 4
			o := options(tr, func(r *http.Request) (*http.Response, error) {
				if got := r.Header.Get("X-Work-Seconds"); got != c.want || r.URL.Path != "/function/fn-a" || r.Method != "POST" {
					t.Errorf("%s: %s %s asks for %s s; want %s", c.why, r.Method, r.URL.Path, got, c.want)
				}
				return answer(200), nil
			})
			o.Speed, o.WorkScale, o.MaxWork = c.speed, c.scale, c.maxWork
			if got := replay(t, o).Total.Calls; got != 1 {
				t.Errorf("%s: %d calls", c.why, got)
			}
		})
	}
}

func TestProgressComesWithEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		o := options(traceOf([]int32{1, 0, 0}), func(*http.Request) (*http.Response, error) { return answer(200), nil })
		o.Minute = func() { at = append(at, time.Since(begin)) }
		replay(t, o)
		if len(at) != 3 || at[0] != time.Minute || at[2] != 3*time.Minute {
			t.Errorf("progress at %v; want each minute", at)
		}
	})
}

func TestRunRefusesOptionsOutOfBounds(t *testing.T) {
	base := func() openloop.Options {
		return options(traceOf([]int32{1}), func(*http.Request) (*http.Response, error) { return answer(200), nil })
	}
	for want, change := range map[string]func(*openloop.Options){
		`-gateway must be a URL with scheme http or https and a host, was: "localhost:80"`:                  func(o *openloop.Options) { o.Gateway = "localhost:80" },
		`-metrics must be a URL with scheme http or https and a host, was: "here"; none leaves them unread`: func(o *openloop.Options) { o.MetricsURL = "here" },
		"-speed must be between 0.001 and 1000000, was: -1":                                                 func(o *openloop.Options) { o.Speed = -1 },
		"-work-scale must be above 0, was: -2":                                                              func(o *openloop.Options) { o.WorkScale = -2 },
		"-max-work must be above 0, was: -3":                                                                func(o *openloop.Options) { o.MaxWork = -3 },
		"-max-in-flight must be at least 1, was: -4":                                                        func(o *openloop.Options) { o.MaxInFlight = -4 },
		"-timeout must be at least 0s, was: -1s":                                                            func(o *openloop.Options) { o.Timeout = -time.Second },
		"-drain must be at least 0s, was: -1s":                                                              func(o *openloop.Options) { o.Drain = -time.Second },
		"-from must be between 0 and 0, was: 6":                                                             func(o *openloop.Options) { o.Plan.From = 6 },
	} {
		o := base()
		change(&o)
		if _, err := openloop.Run(t.Context(), o); err == nil || err.Error() != want {
			t.Errorf("error is %v; want %s", err, want)
		}
	}
}

func TestRunPanicsWithoutTargets(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a trace without deployed functions was accepted")
		}
	}()
	o := options(traceOf([]int32{1}), nil)
	o.Deployed = nil
	openloop.Run(t.Context(), o)
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"prewarm/models/simulate/backtest"
	"prewarm/shared/cli"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// store is a fake of one that has scraped a gateway every 30 s.
type store struct {
	t        *testing.T
	instance string // of the gateway that is scraped
	series   []prom.Series
	status   int // answered instead, 0 for none
	user     string
}

var selector = regexp.MustCompile(`^(\w+)\{(?:instance=~(".*"))?\}\[(\d+)ms\]$`)

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.user, _, _ = r.BasicAuth()
	if s.status != 0 {
		w.WriteHeader(s.status)
		return
	}
	q := selector.FindStringSubmatch(r.FormValue("query"))
	if r.URL.Path != "/api/v1/query" || q == nil {
		s.t.Errorf("asked %s for %q", r.URL.Path, r.FormValue("query"))
		return
	}
	seconds, _ := strconv.ParseFloat(r.FormValue("time"), 64)
	span, _ := strconv.ParseInt(q[3], 10, 64)
	to := int64(seconds*1000 + 0.5)
	pattern, _ := strconv.Unquote(q[2]) // of the instances, none for all
	instance := regexp.MustCompile("^(?:" + pattern + ")$")
	type row struct {
		Metric map[string]string `json:"metric"`
		Values [][2]any          `json:"values"`
	}
	rows := []row{}
	for _, x := range s.series {
		one := row{Metric: x.Labels}
		for _, v := range x.Samples {
			if v.T > to-span && v.T <= to {
				one.Values = append(one.Values, [2]any{float64(v.T) / 1000, fmt.Sprint(v.V)})
			}
		}
		if x.Labels["__name__"] == q[1] && len(one.Values) > 0 && (q[2] == "" || instance.MatchString(x.Labels["instance"])) {
			rows = append(rows, one)
		}
	}
	json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "matrix", "result": rows}})
}

// calls adds the counters of calls that started and that ended, with scrape.
func (s *store) calls(start time.Time, fn string, from, to int, value func(m int) float64) {
	s.scrape(start, invocation.Started, fn, "", from, to, value)
	s.scrape(start, invocation.Ended, fn, "200", from, to, value)
}

// scrape adds the samples of a series in minutes [from, to) since start, two a
// minute, whose value in minute m is value(m).
func (s *store) scrape(start time.Time, metric, fn, code string, from, to int, value func(m int) float64) {
	x := prom.Series{Labels: map[string]string{"__name__": metric, "function_name": fn, "instance": s.instance, "job": "gateway"}}
	if code != "" {
		x.Labels["code"] = code
	}
	for m := from; m < to; m++ {
		for _, second := range []int64{20, 50} {
			x.Samples = append(x.Samples, prom.Sample{T: start.UnixMilli() + int64(m)*60_000 + second*1000, V: value(m)})
		}
	}
	s.series = append(s.series, x)
}

// began adds the samples of the process start time that the gateway exports in minutes
// [from, to) since start: it began in minute began.
func (s *store) began(start time.Time, from, to int, began float64) {
	s.scrape(start, invocation.Process, "", "", from, to, func(int) float64 { return float64(start.Unix()) + 60*began })
}

// read returns the backtest's trace of the minutes from start on.
func (s *store) read(start time.Time, minutes int) *trace.Trace {
	s.t.Helper()
	client, err := backtest.Store{URL: s.serve()}.Client()
	if err != nil {
		s.t.Fatal(err)
	}
	end := start.Add(time.Duration(minutes) * time.Minute)
	tr, err := backtest.Read(s.t.Context(), client, end, minutes, cli.NewBar(io.Discard, "read", int64(minutes)))
	if err != nil {
		s.t.Fatal(err)
	}
	return tr
}

// serve starts the fake and returns its URL.
func (s *store) serve() string {
	server := httptest.NewServer(s)
	s.t.Cleanup(server.Close)
	return server.URL
}

// timed fills the store with two functions over the given minutes: "timer" is
// called twice, 9 s each, in every 20th minute from minute 20 on, "idle" never.
func (s *store) timed(start time.Time, minutes int) {
	one := func(int) float64 { return 1 }
	calls := func(m int) float64 { return float64(2 * (m / 20)) }
	for _, fn := range []string{"timer.ns", "idle.ns"} {
		s.scrape(start, invocation.Deployed, fn, "", 0, minutes, one)
	}
	s.calls(start, "timer.ns", 20, minutes, calls)
	s.scrape(start, invocation.Seconds, "timer.ns", "200", 20, minutes, func(m int) float64 { return 9 * calls(m) })
}

func TestPrometheusBecomesATrace(t *testing.T) {
	s := &store{t: t}
	start := time.Unix(1_800_000_000, 0).Truncate(time.Minute)
	s.timed(start, 101)
	s.scrape(start, invocation.Deployed, "young.ns", "", 60, 101, func(int) float64 { return 0 })
	// The gateway restarts between the scrapes about the end of minute 69: one counter
	// falls to 3. What any counter of it counted after the last scrape before is lost.
	s.calls(start, "again.ns", 0, 101, func(m int) float64 { return map[bool]float64{true: 40, false: 3}[m < 70] })
	tr := s.read(start, 100)
	if tr.Layout != backtest.Prometheus || tr.Minutes != 100 || len(tr.Functions) != 4 || tr.Start != int(start.Unix()/60%1440) {
		t.Fatalf("%s: %d minutes from %d, %d functions", tr.Layout, tr.Minutes, tr.Start, len(tr.Functions))
	}
	again, idle, timer, young := tr.Functions[0], tr.Functions[1], tr.Functions[2], tr.Functions[3]
	if timer.Duration != 9 {
		t.Errorf("a call takes %v s, want 9", timer.Duration)
	}
	if idle.Counts[0] != series.NoData || again.Counts[0] != series.NoData {
		t.Error("the first minute began before the first scrape")
	}
	for _, m := range []int{69, 70} {
		for _, f := range tr.Functions {
			if f.Counts[m] != series.NoData {
				t.Errorf("minute %d about a restart: %d calls of %s are known", m, f.Counts[m], f.Name)
			}
		}
	}
	for m := 1; m < 100; m++ {
		if m == 69 || m == 70 {
			continue
		}
		want := int32(0)
		if m%20 == 0 && m > 0 {
			want = 2
		}
		if timer.Counts[m] != want || idle.Counts[m] != 0 {
			t.Errorf("minute %d: %d and %d calls, want %d and 0", m, timer.Counts[m], idle.Counts[m], want)
		}
		if want := map[bool]int32{true: series.NoData, false: 0}[m < 60]; young.Counts[m] != want {
			t.Errorf("minute %d before or after deployment: %d, want %d", m, young.Counts[m], want)
		}
		if again.Counts[m] != 0 {
			t.Errorf("minute %d beside a restart: %d calls, want 0", m, again.Counts[m])
		}
	}
}

// A function is called once a minute. In which minutes other numbers, or none, are found
// depends on what is known of the gateway that is read. The minute of a last scrape is
// not known: what the gateway counted after it is lost.
func TestWhatAGatewayStandsAtIsNoCallUnlessItIsNew(t *testing.T) {
	const old, no = -5000, series.NoData
	type part struct {
		instance string
		from, to int
		began    float64 // minute in which its process began, 0 if it does not export it
		at       int     // what its counter stands at in minute from
	}
	for _, story := range []struct {
		name  string
		parts []part
		want  map[int]int32 // by minute, 1 in others
	}{
		{"a new name, and its start time is not exported",
			[]part{{"gw-1", 0, 50, 0, 5_000_000}, {"gateway:8080", 50, 101, 0, 5_000_050}}, map[int]int32{0: no, 49: no, 50: no}},
		{"a new name",
			[]part{{"gw-1", 0, 50, old, 5_000_000}, {"gateway:8080", 50, 101, old, 5_000_050}}, map[int]int32{0: no, 49: no, 50: no}},
		{"a new name for a while",
			[]part{{"gw-1", 0, 40, old, 5_000_000}, {"gateway:8080", 40, 60, old, 5_000_040}, {"gw-1", 60, 101, old, 5_000_060}}, map[int]int32{0: no, 39: no, 40: no, 59: no, 60: no}},
		{"a restart as a new pod",
			[]part{{"gw-1", 0, 50, old, 5_000_000}, {"gw-2", 50, 101, 49.9, 7}}, map[int]int32{0: no, 49: no, 50: 7}},
		{"a restart as a new pod, after which it is not read at once",
			[]part{{"gw-1", 0, 50, old, 5_000_000}, {"gw-2", 52, 101, 51, 20}}, map[int]int32{0: no, 49: no, 50: no, 51: 15, 52: 5}},
		{"a restart under the same name",
			[]part{{"gw-1", 0, 50, old, 5_000_000}, {"gw-1", 50, 101, 49.9, 7}}, map[int]int32{0: no, 49: no, 50: 7}},
		{"a rolling update: both are read, the old one without calls",
			[]part{{"gw-1", 0, 50, old, 5_000_000}, {"gw-2", 49, 101, 48.9, 7}}, map[int]int32{0: no, 49: no}},
		{"another one that began long before it is read, beside the first",
			[]part{{"gw-1", 0, 50, old, 5_000_000}, {"gw-2", 49, 101, 10, 7}}, map[int]int32{0: no, 49: no}},
		{"the first one of all, though it began just now",
			[]part{{"gw-1", 0, 101, -0.1, 7}}, map[int]int32{0: no}},
	} {
		t.Run(story.name, func(t *testing.T) {
			s := &store{t: t}
			start := time.Unix(1_800_000_000, 0).Truncate(time.Minute)
			for _, p := range story.parts {
				s.instance = p.instance
				s.scrape(start, invocation.Deployed, "steady.ns", "", p.from, p.to, func(int) float64 { return 1 })
				s.calls(start, "steady.ns", p.from, p.to, func(m int) float64 { return float64(p.at + m - p.from) })
				if p.began != 0 {
					s.began(start, p.from, p.to, p.began)
				}
			}
			for m, calls := range s.read(start, 100).Functions[0].Counts {
				want, other := story.want[m]
				if !other {
					want = 1
				}
				if calls != want {
					t.Errorf("minute %d: %d calls, want %d", m, calls, want)
				}
			}
		})
	}
}

// A gateway is not read for two days: the calls of that time have no minute, and
// are not put into the first one after it.
func TestAGatewayThatWasNotReadForADayIsForgotten(t *testing.T) {
	s := &store{t: t}
	start := time.Unix(1_800_000_000, 0).Truncate(time.Minute)
	const back = 50 + 2*trace.MinutesPerDay
	for _, part := range [][2]int{{0, 50}, {back, back + 50}} {
		s.scrape(start, invocation.Deployed, "steady.ns", "", part[0], part[1], func(int) float64 { return 1 })
		s.calls(start, "steady.ns", part[0], part[1], func(m int) float64 { return float64(m) })
	}
	counts := s.read(start, back+50).Functions[0].Counts
	if got := counts[back-1 : back+2]; !slices.Equal(got, []int32{series.NoData, series.NoData, 1}) {
		t.Errorf("got %d about its return", got)
	}
}

// The last hour is scored, the three before are history: the timer is called
// three times in it. Keep-alive of 10 minutes misses all of them and is idle
// for ten minutes after each that lies within; prewarm meets them.
func TestBacktestOnARunningCluster(t *testing.T) {
	s := &store{t: t}
	now := time.Now().Truncate(time.Minute)
	s.timed(now.Add(-300*time.Minute), 300)
	var out bytes.Buffer
	address := strings.Replace(s.serve(), "http://", "http://reader:secret@", 1)
	err := run(context.Background(), []string{"-prometheus", address, "-last", "1h", "-cost-ratio", "0.2"}, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"prometheus: 2 functions, 240 minutes", "| keepalive-10 | 3 | 1.0000", "| prewarm-0.2 | ", "| timer.ns | 3 | 3 | ", "| all | 3 | 3 | ", "prewarm-0.2 instead of keepalive-10: "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	var saved, idle int
	last := text[strings.Index(text, "prewarm-0.2 instead"):]
	if _, err := fmt.Sscanf(last, "prewarm-0.2 instead of keepalive-10: %d cold starts and %d idle", &saved, &idle); err != nil || saved < 2 || idle < 15 {
		t.Errorf("%d cold starts and %d idle minutes saved (%v) in\n%s", saved, idle, err, text)
	}
	if s.user != "reader" {
		t.Errorf("asked as %q, want reader", s.user)
	}
}

// A store that began two hours ago, and was away for ten minutes, is asked for an
// hour and the three before it.
func TestABacktestSaysWhatTheStoreLacks(t *testing.T) {
	s := &store{t: t}
	now := time.Now().Truncate(time.Minute)
	begin := now.Add(-2 * time.Hour)
	for _, part := range [][2]int{{0, 50}, {60, 121}} {
		one := func(int) float64 { return 1 }
		s.scrape(begin, invocation.Deployed, "idle.ns", "", part[0], part[1], one)
		s.calls(begin, "called.ns", part[0], part[1], one)
	}
	var log bytes.Buffer
	if err := run(context.Background(), []string{"-prometheus", s.serve(), "-last", "1h", "-policy", "keepalive-10"}, io.Discard, &log); err != nil {
		t.Fatal(err)
	}
	var n int
	var first string
	_, warning, _ := strings.Cut(log.String(), "warning: 240 minutes were asked for, -last 1h0m0s and 180 of history before it; ")
	if _, err := fmt.Sscanf(warning, "the store has %d of them, the first at %s", &n, &first); err != nil || n < 108 || n > 120 || first != begin.Add(time.Minute).UTC().Format(time.RFC3339) {
		t.Errorf("got %d from %s (%v), want about 115 from the minute after %v: %q", n, first, err, begin, log.String())
	}
}

func TestABacktestOfAFullStoreWarnsOfNothing(t *testing.T) {
	s := &store{t: t}
	s.timed(time.Now().Truncate(time.Minute).Add(-300*time.Minute), 302)
	var log bytes.Buffer
	if err := run(context.Background(), []string{"-prometheus", s.serve(), "-last", "1h", "-policy", "keepalive-10"}, io.Discard, &log); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "warning") {
		t.Errorf("got %q", log.String())
	}
}

func TestABacktestSaysWhyItCannot(t *testing.T) {
	s := &store{t: t}
	address := s.serve()
	for _, c := range []struct {
		want   string
		status int
		args   []string
	}{
		{"no function has the metrics", 0, []string{"-prometheus", address, "-last", "5m"}},
		{"503", 503, []string{"-prometheus", address, "-last", "5m"}},
		{`-prometheus must be a URL with scheme http or https and a host, was: "ftp://reader:xxxxx@x"`, 0, []string{"-prometheus", "ftp://reader:secret@x"}},
		{"-last must be between 1m and 720h, was: 1s", 0, []string{"-prometheus", address, "-last", "1s"}},
		{"exclude each other", 0, []string{"-prometheus", address, "-trace", "x"}},
	} {
		s.status = c.status
		if err := run(context.Background(), c.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}

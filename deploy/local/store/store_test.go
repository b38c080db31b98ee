package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

func TestBothStoresScrapeTheGatewayAndTheFunctions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		gateway, function := newTarget(t, "admin"), newTarget(t, "")
		options := newOptions(t)
		options.Gateway, options.Username, options.Password = gateway.address, "admin", "s3cret"
		list := newTargetList(t)
		options.Discovery = list.url
		s := start(t, options)

		awaitSamples(t, s, `calls_total{job="gateway"}`, 2)
		// A function with another metrics path appears while the store runs.
		list.set(fmt.Sprintf(`[{"targets":[%q],"labels":{"function_name":"hello.openfaas-fn","__metrics_path__":"/own","replica":"0"}}]`, function.address))
		awaitSamples(t, s, `own_total{job="functions",function_name="hello.openfaas-fn",replica="0"}`, 2)
		// A metric about another function keeps the name of that function.
		awaitSamples(t, s, `wanted{job="functions",function_name="other.openfaas-fn"}`, 2)

		// While the list cannot be read, the last one counts.
		list.set("")
		time.Sleep(3 * discoveryPeriod) // the store has met the failure
		seen := function.scrapes.Load()
		testbed.Eventually(t, "scrapes go on", func() bool { return function.scrapes.Load() > seen })
		// The function is removed and no longer scraped.
		list.set("[]")
		testbed.Eventually(t, "scrapes end", func() bool {
			before := function.scrapes.Load()
			time.Sleep(3 * options.ScrapeInterval)
			return function.scrapes.Load() == before
		})
	})
}

// Without an offset, each target would be scraped at a time of its own.
func TestTargetsAreScrapedAtTheOffset(t *testing.T) {
	t.Parallel()
	options, list := newOptions(t), newTargetList(t)
	options.ScrapeInterval, options.ScrapeOffset = 200*time.Millisecond, 50*time.Millisecond
	options.Gateway, options.Discovery = newTarget(t, "").address, list.url
	list.set(fmt.Sprintf(`[{"targets":[%q]},{"targets":[%q]}]`, newTarget(t, "").address, newTarget(t, "").address))
	s := startVictoria(t, options)
	testbed.Eventually(t, "three targets have scrapes at the offset", func() bool {
		_ = s.Flush(t.Context())
		punctual := 0
		for _, series := range answer(t, s, "calls_total[5m]", time.Now()) {
			if slices.ContainsFunc(series.samples(t), func(s sample) bool { return s.millis%200/10 == 5 }) {
				punctual++
			}
		}
		return punctual == 3
	})
}

func TestSamplesSurviveARestartOnTheSamePort(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		gateway := newTarget(t, "")
		options := newOptions(t)
		options.Gateway = gateway.address
		first := start(t, options)
		awaitSamples(t, first, "calls_total", 3)
		before := samples(t, first, "calls_total[5m]", time.Now())
		first.Stop()
		if _, err := http.Get(first.URL()); err == nil {
			t.Error("still serving after Stop")
		}

		options.Listen = first.Address()
		second := start(t, options)
		if second.URL() != first.URL() {
			t.Fatalf("want %s again, got %s", first.URL(), second.URL())
		}
		testbed.Eventually(t, "the first sample is back", func() bool {
			after := samples(t, second, "calls_total[5m]", time.Now())
			return len(after) > 0 && after[0] == before[0]
		})
	})
}

func TestAStoreThatCrashesIsStartedAgain(t *testing.T) {
	t.Parallel()
	options := newOptions(t)
	options.Gateway = newTarget(t, "").address
	s := startVictoria(t, options)
	crashed := s.Pid()
	if err := syscall.Kill(crashed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "a new process runs", func() bool { return s.Pid() != crashed })
	awaitSamples(t, s, "calls_total", 1)
}

func TestStopDuringTheWaitForARestart(t *testing.T) {
	s := startVictoria(t, newOptions(t))
	if err := os.Remove(s.child.args[0]); err != nil { // it cannot start again
		t.Fatal(err)
	}
	if err := syscall.Kill(s.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.Stop()
}

// The store writes a sample of up for each scrape, also for one that timed out.
func TestFlushShowsEverySampleScrapedSoFar(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		gateway := newTarget(t, "")
		options := newOptions(t)
		options.Gateway = gateway.address
		s := start(t, options)
		awaitSamples(t, s, "calls_total", 1)
		for range 5 {
			served := time.Now()
			// The scrape before the last one began after that, has ended and is stored.
			seen := gateway.scrapes.Load()
			testbed.Eventually(t, "three more scrapes", func() bool { return gateway.scrapes.Load() >= seen+3 })
			if err := s.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := samples(t, s, "up[5m]", time.Now())
			if last := got[len(got)-1].millis; last < served.UnixMilli() {
				t.Errorf("three scrapes later, the newest visible one is of %d ms before", served.UnixMilli()-last)
			}
		}
	})
}

func TestFlushShowsANewSeriesOfAKnownMetric(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		first, second := newTarget(t, ""), newTarget(t, "")
		options, list := newOptions(t), newTargetList(t)
		options.Discovery = list.url
		s := start(t, options)
		const query = `calls_total{function_name=~"one|two"}`
		one := fmt.Sprintf(`{"targets":[%q],"labels":{"function_name":"one"}}`, first.address)
		list.set("[" + one + "]")
		awaitSamples(t, s, query, 1)

		// The store has answered this very query without the series, and may
		// cache that answer.
		list.set(fmt.Sprintf(`[%s,{"targets":[%q],"labels":{"function_name":"two"}}]`, one, second.address))
		testbed.Eventually(t, "the second target is scraped twice", func() bool {
			samples(t, s, query+"[5m]", time.Now())
			return second.scrapes.Load() >= 2
		})
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(answer(t, s, query, time.Now())); n != 2 {
			t.Errorf("want two series, got %d", n)
		}
	})
}

// TestARangeAtItsEdges checks which samples metric[d] has at time T: those in (T-d, T],
// and with Prometheus before version 3 also a sample at T-d.
func TestARangeAtItsEdges(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, start starter) {
		options := newOptions(t)
		options.Gateway = newTarget(t, "").address
		s := start(t, options)
		awaitSamples(t, s, "calls_total", 6)
		all := samples(t, s, "calls_total[5m]", time.Now())
		first, last := all[1], all[4]

		got := samples(t, s, fmt.Sprintf("calls_total[%dms]", last.millis-first.millis), time.UnixMilli(last.millis))
		if got[len(got)-1] != last {
			t.Errorf("the sample at T is not taken: %v", got)
		}
		if taken := got[0] == first; taken != s.isPrometheus2(t) {
			t.Errorf("the sample at T-d: taken is %v", taken)
		}
	})
}

func (s *Store) isPrometheus2(t *testing.T) bool {
	t.Helper()
	_, body := testbed.Get(t, s.URL()+"/api/v1/status/buildinfo")
	var info struct{ Data struct{ Version string } }
	if err := json.Unmarshal([]byte(body), &info); err != nil {
		t.Fatal(err)
	}
	return s.flushPath == "" && strings.HasPrefix(info.Data.Version, "2.")
}

func TestBadOptionsAreNamed(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"Binary":         func(o *Options) { o.Binary = "" },
		"Dir":            func(o *Options) { o.Dir = "" },
		"host:port":      func(o *Options) { o.Listen = "127.0.0.1" },
		"loopback":       func(o *Options) { o.Listen = "0.0.0.0:0" },
		"ScrapeInterval": func(o *Options) { o.ScrapeInterval = time.Millisecond },
		"ScrapeOffset":   func(o *Options) { o.ScrapeInterval, o.ScrapeOffset = time.Second, time.Second },
		"Retention":      func(o *Options) { o.Retention = time.Hour },
		"Gateway must":   func(o *Options) { o.Gateway = "gateway" },
		"Discovery must": func(o *Options) { o.Discovery = "/targets" },
	} {
		options := Options{Binary: "/bin/true", Dir: t.TempDir()}
		change(&options)
		if _, err := Start(t.Context(), options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error that names %s, got %v", want, err)
		}
	}
}

func TestAProgramThatEndsOrHangsIsAnError(t *testing.T) {
	ends := script(t, "echo out of luck >&2; exit 3")
	_, err := Start(t.Context(), Options{Binary: ends, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "out of luck") {
		t.Errorf("want the exit status and the output, got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = Start(ctx, Options{Binary: script(t, "sleep 600"), Dir: t.TempDir()})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want a deadline exceeded, got %v", err)
	}
}

func TestATakenPortIsAnError(t *testing.T) {
	other := newTarget(t, "")
	_, err := Start(t.Context(), Options{Binary: "/bin/true", Dir: t.TempDir(), Listen: other.address})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("want an error with the words in use, got %v", err)
	}
}

// TestTheConfigurationIsPrivate: the file can hold a password.
func TestTheConfigurationIsPrivate(t *testing.T) {
	options := newOptions(t)
	options.Binary, options.Gateway, options.Discovery = "/bin/true", "127.0.0.1:1", "http://127.0.0.1:1/targets"
	options.Username, options.Password = "admin", "s3cret"
	if err := os.WriteFile(filepath.Join(options.Dir, "scrape.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := prepare(options, "")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.config)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	content, err := os.ReadFile(p.config)
	if err != nil || !json.Valid(content) || !strings.Contains(string(content), "s3cret") || !strings.Contains(string(content), options.Discovery) {
		t.Errorf("%s %v", content, err)
	}
}

func TestStartingPrometheusWithoutAProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := launchPrometheus(t.Context(), Options{Dir: t.TempDir()}); !errors.Is(err, errNoPrometheus) {
		t.Errorf("got %v", err)
	}
}

// starter starts one of the two stores for a test.
type starter func(*testing.T, Options) *Store

func onBoth(t *testing.T, story func(*testing.T, starter)) {
	for name, start := range map[string]starter{"victoria-metrics": startVictoria, "prometheus": startPrometheus} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, start)
		})
	}
}

// startVictoria runs a copy of the program by hard link, which a test may delete.
func startVictoria(t *testing.T, options Options) *Store {
	t.Helper()
	binary, err := Build(t.Context(), filepath.Join("..", "..", "..", ".bin"))
	if err != nil {
		t.Fatal(err)
	}
	options.Binary = filepath.Join(options.Dir, "victoria-metrics")
	if err := os.Link(binary, options.Binary); err != nil && !errors.Is(err, os.ErrExist) {
		options.Binary = binary
	}
	return started(t, Start, options)
}

func startPrometheus(t *testing.T, options Options) *Store {
	t.Helper()
	return started(t, launchPrometheus, options)
}

func started(t *testing.T, start func(context.Context, Options) (*Store, error), options Options) *Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := start(ctx, options)
	if errors.Is(err, errNoPrometheus) {
		t.Skip("no prometheus on PATH: apt-get install prometheus")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func newOptions(t *testing.T) Options {
	return Options{Dir: t.TempDir(), ScrapeInterval: 100 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
}

// target serves calls_total on /metrics and own_total on /own; both count the
// scrapes, and both paths have a series of another function as well.
type target struct {
	address string
	scrapes atomic.Int64
}

func newTarget(t *testing.T, user string) *target {
	m := &target{}
	serve := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if got, _, _ := r.BasicAuth(); got != user {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprintf(w, "%s %d\nwanted{function_name=\"other.openfaas-fn\"} 3\n", name, m.scrapes.Add(1))
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", serve("calls_total"))
	mux.HandleFunc("/own", serve("own_total"))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	m.address = server.Listener.Addr().String()
	return m
}

// targetList is what a discovery server answers; "" for a server that is down.
type targetList struct {
	url     string
	content atomic.Value
}

func newTargetList(t *testing.T) *targetList {
	l := &targetList{}
	l.set("[]")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		content := l.content.Load().(string)
		if content == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, content)
	}))
	t.Cleanup(server.Close)
	l.url = server.URL + "/targets"
	return l
}

func (l *targetList) set(content string) { l.content.Store(content) }

// sample is one raw sample.
type sample struct {
	millis int64
	value  float64
}

// result is one series of an answer.
type result struct {
	Values [][2]json.RawMessage
}

// answer runs an instant query; nil when the store does not answer.
func answer(t *testing.T, s *Store, query string, at time.Time) []result {
	t.Helper()
	values := url.Values{"query": {query}, "time": {fmt.Sprintf("%.3f", float64(at.UnixMilli())/1000)}}
	res, err := http.Get(s.URL() + "/api/v1/query?" + values.Encode())
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var body struct{ Data struct{ Result []result } }
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.Data.Result
}

// samples returns the samples of a range selector, series after series, each
// oldest first.
func samples(t *testing.T, s *Store, query string, at time.Time) []sample {
	t.Helper()
	var all []sample
	for _, series := range answer(t, s, query, at) {
		all = append(all, series.samples(t)...)
	}
	return all
}

// samples returns the samples of one series, oldest first.
func (r result) samples(t *testing.T) (all []sample) {
	t.Helper()
	for _, pair := range r.Values {
		var seconds, value float64
		text := strings.Trim(string(pair[1]), `"`)
		if text == "NaN" {
			continue // a stale marker: on a busy machine a scrape can time out
		}
		if err := errors.Join(json.Unmarshal(pair[0], &seconds), json.Unmarshal([]byte(text), &value)); err != nil {
			t.Fatal(err)
		}
		all = append(all, sample{millis: int64(seconds*1000 + 0.5), value: value})
	}
	return all
}

func awaitSamples(t *testing.T, s *Store, selector string, n int) {
	t.Helper()
	testbed.Eventually(t, fmt.Sprintf("%d samples of %s", n, selector), func() bool {
		_ = s.Flush(t.Context()) // fails while the store is restarting
		return len(samples(t, s, selector+"[5m]", time.Now())) >= n
	})
}

// script returns a program of one shell line.
func script(t *testing.T, line string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

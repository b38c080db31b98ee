package workload

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"
)

func env(values map[string]string) func(string) string {
	return func(key string) string { return values[key] }
}

func newWorkload(t testing.TB, values map[string]string) *Workload {
	t.Helper()
	w, err := New(t.Context(), env(values))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func call(t testing.TB, ctx context.Context, w *Workload, header map[string]string) (handler.Response, Result) {
	t.Helper()
	req := handler.Request{Method: http.MethodPost, Header: http.Header{}}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	req.WithContext(ctx)
	res, err := w.Handle(req)
	if err != nil {
		t.Fatal(err)
	}
	var result Result
	if res.StatusCode == 0 {
		if err := json.Unmarshal(res.Body, &result); err != nil {
			t.Fatalf("%v in %s", err, res.Body)
		}
	}
	return res, result
}

func TestACallTakesTheScaledTime(t *testing.T) {
	w := newWorkload(t, map[string]string{"work_scale": "0.001"})
	for _, kind := range []string{KindSleep, KindCPU, KindMixed} {
		_, got := call(t, t.Context(), w, map[string]string{SecondsHeader: "20", KindHeader: kind})
		if got.Asked != 20 || got.Worked < 0.02 || got.Kind != kind {
			t.Errorf("%s: 20 s at a scale of 0.001 must take at least 0.02 s, got %+v", kind, got)
		}
	}
}

func TestMixedWorkKeepsACoreBusyForItsShareOfTheTime(t *testing.T) {
	w := newWorkload(t, map[string]string{"work_cpu_share": "0.25"})
	for kind, want := range map[string]float64{KindSleep: 0, KindCPU: 1, KindMixed: 0.25} {
		if got := w.busyShare(kind); got != want {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := threadTime()
	burn(t.Context(), 20*time.Millisecond)
	if used := threadTime() - begin; used < 20*time.Millisecond {
		t.Errorf("used %v of CPU time, want 20 ms", used)
	}
}

func TestWithoutHeadersACallReturnsAtOnce(t *testing.T) {
	_, got := call(t, t.Context(), newWorkload(t, map[string]string{"work_kind": "cpu"}), nil)
	if got.Asked != 0 || got.Kind != KindCPU {
		t.Errorf("got %+v", got)
	}
}

func TestWorkEndsWithItsCaller(t *testing.T) {
	for _, kind := range []string{KindSleep, KindCPU, KindMixed} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		res, _ := call(t, ctx, newWorkload(t, nil), map[string]string{SecondsHeader: "30", KindHeader: kind})
		if res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d", kind, res.StatusCode)
		}
	}
}

func TestBadHeadersAreNamed(t *testing.T) {
	w := newWorkload(t, map[string]string{"work_scale": "0"})
	for _, c := range []struct{ header, value string }{
		{SecondsHeader, "-1"}, {SecondsHeader, "30.1"}, {SecondsHeader, "NaN"}, {SecondsHeader, "1e999"},
		{SecondsHeader, "long"}, {KindHeader, "disk"},
	} {
		res, _ := call(t, t.Context(), w, map[string]string{c.header: c.value})
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(res.Body), c.header+" must be") {
			t.Errorf("%s: %s: got %d %s", c.header, c.value, res.StatusCode, res.Body)
		}
	}
}

func TestBadConfigurationIsNamed(t *testing.T) {
	_, err := New(t.Context(), env(map[string]string{"work_scale": "2", "work_kind": "disk", "work_cpu_share": "-1"}))
	if err == nil || !strings.Contains(err.Error(), "work_scale must be between 0 and 1") || !strings.Contains(err.Error(), "work_kind") || !strings.Contains(err.Error(), "work_cpu_share") {
		t.Errorf("got %v", err)
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("1.5", "sleep")
	f.Add("-0", "cpu")
	w := &Workload{kind: KindSleep}
	f.Fuzz(func(t *testing.T, seconds, kind string) {
		got, k, err := w.parse(http.Header{SecondsHeader: {seconds}, KindHeader: {kind}})
		if err == nil && (!(got >= 0 && got <= MaxSeconds) || (k != KindSleep && k != KindCPU && k != KindMixed)) {
			t.Errorf("%s %q was accepted as %v %q", strconv.Quote(seconds), kind, got, k)
		}
	})
}

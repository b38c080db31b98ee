//go:build unix

package synthetic

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/local/gateway"
	"prewarm/shared/openfaas"
	"prewarm/shared/testbed"
)

// start starts a gateway with ten functions, of which the first is called in each step of an
// hour.
func start(t *testing.T) *Gateway {
	log := slog.New(slog.DiscardHandler)
	inner, err := gateway.New(t.Context(), gateway.Options{
		User: "admin", Password: "secret", StateDir: t.TempDir(), Images: gateway.ImageDirectory(t.TempDir()), Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	step := time.Hour
	g, err := New(Options{
		Traffic: Traffic{Functions: 10, Step: step, Seed: 1}, Inner: inner, Listen: "127.0.0.1:0", Delay: 50 * time.Millisecond,
		Began: time.Now().Truncate(step).Add(-3 * step), User: "admin", Password: "secret", Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Serve() }()
	t.Cleanup(func() {
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return g
}

// client is a client of the suite, such as the scaler.
func client(t *testing.T, g *Gateway, caller, password string) *openfaas.Client {
	c, err := openfaas.New(openfaas.Config{URL: "http://" + g.Addr() + CallerPath(caller), User: "admin", Password: password, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAFunctionIsListedAndScaledAsByOpenFaaS(t *testing.T) {
	g := start(t)
	scaler := client(t, g, "scaler", "secret")
	list, err := scaler.List(t.Context())
	if err != nil || len(list) != 10 || list[3].Name != "workload-00003.openfaas-fn" || list[3].Replicas != 0 || list[3].Annotations["prewarm.mode"] != "active" {
		t.Fatalf("got %+v, %v", list, err)
	}
	if err := scaler.Scale(t.Context(), list[3].Name, 2); err != nil {
		t.Fatal(err)
	}
	replicas := func() (desired, available int) {
		list, err := scaler.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list[3].Replicas, list[3].Available
	}
	if desired, _ := replicas(); desired != 2 {
		t.Errorf("%d desired replicas at once, want 2", desired)
	}
	testbed.Eventually(t, "both are available", func() bool { _, available := replicas(); return available == 2 })
	if err := scaler.Scale(t.Context(), list[3].Name, 0); err != nil {
		t.Fatal(err)
	}
	if desired, available := replicas(); desired != 0 || available != 0 {
		t.Errorf("%d of %d replicas after the scale to zero", available, desired)
	}
	scales := g.TakeScales()
	if len(scales) != 2 || scales[0].Replicas != 2 || scales[1].Replicas != 0 || scales[0].Function != list[3].Name || len(g.TakeScales()) != 0 {
		t.Errorf("got scale calls %+v", scales)
	}
	counts := g.Counts()
	if counts.Requests["scaler scale"] != 2 || counts.Requests["scaler list"] < 4 || counts.Bytes["scaler list"] < 4*10*100 {
		t.Errorf("got %+v", counts)
	}
}

func TestStrangersAndUnknownFunctionsAreRefused(t *testing.T) {
	g := start(t)
	if _, err := client(t, g, "scaler", "wrong").List(t.Context()); err == nil {
		t.Error("a wrong password lists the functions")
	}
	if err := client(t, g, "scaler", "wrong").Scale(t.Context(), "workload-00003.openfaas-fn", 2); err == nil {
		t.Error("a wrong password scales a function")
	}
	if err := client(t, g, "scaler", "secret").Scale(t.Context(), "nobody.openfaas-fn", 2); err == nil {
		t.Error("an unknown function is scaled")
	}
	if len(g.TakeScales()) != 0 {
		t.Error("a refused call counts")
	}
	for body, want := range map[string]int{"{": http.StatusBadRequest, `{"replicas":-1}`: http.StatusBadRequest, `{"replicas":1}`: http.StatusAccepted} {
		if got := post(t, g, "/system/scale-function/workload-00001", body); got != want {
			t.Errorf("%s: got %d, want %d", body, got, want)
		}
	}
}

// post posts with the right credentials.
func post(t *testing.T, g *Gateway, path, body string) int {
	req, err := http.NewRequest(http.MethodPost, "http://"+g.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("admin", "secret")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// The counters go on where the history ends.
func TestTheMetricsContinueTheHistory(t *testing.T) {
	g := start(t)
	begin := g.opts.Began.Add(3 * g.opts.Step)
	var text bytes.Buffer
	w := bufio.NewWriter(&text)
	g.writeHistory(w, begin)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	last := map[string]float64{}
	for line := range bytes.Lines(text.Bytes()) {
		var s struct {
			Metric     map[string]string
			Values     []float64
			Timestamps []int64
		}
		if err := json.Unmarshal(line, &s); err != nil || len(s.Values) != 3 || len(s.Timestamps) != 3 || s.Metric["instance"] != g.Addr() {
			t.Fatalf("%s: %v", line, err)
		}
		if s.Timestamps[2] != begin.Add(scrapeDelay).UnixMilli() {
			t.Errorf("the last sample is at %d", s.Timestamps[2])
		}
		last[s.Metric["__name__"]+" "+s.Metric["function_name"]] = s.Values[2]
	}
	if len(last) != 2+4*10 {
		t.Errorf("%d series", len(last))
	}
	_, page := testbed.Get(t, "http://"+g.Addr()+"/metrics")
	for i := range g.functions {
		label := g.functions[i].label()
		// Calls of the present step may have moved the counters on.
		n := last["gateway_function_invocation_started "+label] + float64(g.opts.callsUntil(i, begin.Unix(), begin.Add(g.opts.Step).Unix())-1)
		counted := false
		for count := last["gateway_function_invocation_started "+label]; count <= n; count++ {
			counted = counted || strings.Contains(page, fmt.Sprintf("gateway_function_invocation_started{function_name=%q} %v\n", label, count))
		}
		if !counted {
			t.Errorf("%s: the counter does not follow %v", label, last["gateway_function_invocation_started "+label])
		}
	}
	if strings.Count(page, "\n"+startTime) != 1 || !strings.Contains(page, fmt.Sprintf("\n%s%d\n", startTime, g.opts.Began.Unix())) {
		t.Error("the start time is not that of the history alone")
	}
}

func TestACallThatFindsNoReplicaStartsOne(t *testing.T) {
	g := start(t)
	g.move(move{function: 5, calls: 1})
	if f := g.functions[5]; f.desired != 1 {
		t.Errorf("%d replicas are desired", f.desired)
	}
	testbed.Eventually(t, "it is available", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.functions[5].available == 1
	})
}

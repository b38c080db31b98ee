package platform_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/local/attack"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

var (
	attackFor  = flag.Duration("attack", 0, "how long strangers attack, with every step counted; by default until five steps are decided")
	attackStep = flag.Duration("attack-step", time.Second, "length of a step under attack")
)

// victims are the functions of the chain that anyone can call.
var victims = []string{"collector", "predictor", "scaler"}

// TestStrangersStopNothing attacks the functions of the chain with 200 connections at a time:
// bodies and headers that never end, and floods of forged, malformed and large requests. The
// chain goes on deciding meanwhile, and loses nothing.
func TestStrangersStopNothing(t *testing.T) {
	w := startWith(t, platform.Options{Edition: gateway.Standard, Step: *attackStep, Env: map[string]string{"max_age_steps": "60"}})
	w.deploy("hello", "active", time.Hour)
	w.awaitDecisions(1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done, begin := make(chan *attack.Report, 1), time.Now()
	go func() {
		done <- attack.Run(ctx, attack.Options{
			Address: strings.TrimPrefix(w.GatewayURL(), "http://"), Connections: 200,
			Paths: []string{"/function/collector", "/function/predictor", "/function/scaler"},
		})
	}()
	if *attackFor > 0 {
		<-time.After(*attackFor)
	} else {
		w.awaitDecisions(5)
	}
	end := time.Now()
	stop()
	report := <-done
	w.awaitDecisions(1)
	w.nothingLost(t)
	w.appliedOnce(t)
	w.memoryBelowLimits(t)
	w.refusedStrangers(t, report)
	if *attackFor > 0 {
		t.Logf("answers under attack:\n%s", report)
		w.everyStepInTime(t, begin, end)
	}
}

// refusedStrangers checks that the attacks arrived at the functions, and were counted apart
// from deliveries.
func (w *world) refusedStrangers(t *testing.T, report *attack.Report) {
	for _, answers := range [][]string{
		{"forged-forecasts", "/function/scaler", "401"}, {"malformed", "/function/scaler", "400"}, {"large", "/function/scaler", "413"},
		{"forged-windows", "/function/predictor", "401"}, {"malformed", "/function/predictor", "400"}, {"large", "/function/predictor", "413"},
	} {
		if report.Count(answers...) == 0 && report.Count(answers[0], answers[1], "429") == 0 {
			t.Errorf("no answer %v to an attack:\n%s", answers, report)
		}
	}
	for _, caller := range []string{"delivery", "stranger"} {
		until(t, "batches are counted by "+caller, func() bool {
			return w.sum(`sum(prewarm_scaler_batches_total{caller="`+caller+`"})`) > 0
		})
	}
	if n := w.sum(`sum(prewarm_scaler_batches_total{caller="delivery",result=~"Unauthorized|Bad Request|Request Timeout|Too Many Requests"})`); n != 0 {
		t.Errorf("%v deliveries were refused", n)
	}
	for _, name := range victims {
		if status, _ := testbed.Get(t, w.GatewayURL()+"/function/"+name+"/metrics"); status != http.StatusNotFound {
			t.Errorf("metrics of %s through the gateway: got %d", name, status)
		}
	}
}

// sum returns the value of a query of the store with one series, 0 without one.
func (w *world) sum(query string) float64 {
	res, err := http.Get(w.StoreURL() + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		w.t.Fatal(err)
	}
	if len(answer.Data.Result) == 0 {
		return 0
	}
	n, err := strconv.ParseFloat(fmt.Sprint(answer.Data.Result[0].Value[1]), 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// memoryBelowLimits compares the most memory that each function had with its limit in
// stack.yml, which this platform does not enforce.
func (w *world) memoryBelowLimits(t *testing.T) {
	functions, err := buildcontext.Load("stack.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions {
		mebibytes, _ := strings.CutSuffix(f.Spec.Limits.Memory, "Mi")
		limit, err := strconv.Atoi(mebibytes)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range w.Processes() {
			if p.Function != label(f.Name) || !slices.Contains(victims, f.Name) {
				continue
			}
			most := peakMemory(t, p.PID)
			t.Logf("%s had %d MiB of %d", f.Name, most>>10, limit)
			if most>>10 >= limit {
				t.Errorf("%s had %d KiB, more than its limit of %d MiB", f.Name, most, limit)
			}
		}
	}
}

// peakMemory returns the largest resident memory of a process so far, in KiB.
func peakMemory(t *testing.T, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("this system does not show the memory of processes: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// everyStepInTime checks that each step that ended between begin and end was decided within a
// step.
func (w *world) everyStepInTime(t *testing.T, begin, end time.Time) {
	late := map[int64]time.Duration{}
	for _, d := range w.decided("hello", func(event.Decision) bool { return true }) {
		late[d.Step] = d.Time.Sub(time.Unix(d.Step, 0))
	}
	var took []time.Duration
	lost := 0
	for step := begin.Truncate(*attackStep).Add(*attackStep); step.Before(end); step = step.Add(*attackStep) {
		if d, ok := late[step.Unix()]; ok {
			took = append(took, d)
		} else {
			lost++
		}
	}
	slices.Sort(took)
	if len(took) == 0 {
		t.Fatalf("none of %d steps was decided", lost)
	}
	most := took[len(took)-1]
	t.Logf("%d steps decided, %d lost; from the end of a step to its decision: median %v, at most %v", len(took), lost, took[len(took)/2], most)
	if lost > 0 || most > *attackStep {
		t.Errorf("%d of %d steps were lost, the slowest decision took %v", lost, lost+len(took), most)
	}
}

package scaler

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// auto returns a world in which the cost ratio of each function follows from what it costs.
func auto(t *testing.T) *world {
	w := newWorld(t, openfaas.ModeActive)
	w.scaler.cfg.Policy.CostRatio = config.Auto
	w.scaler.starts.cfg.Readiness = 2 * time.Second
	return w
}

// perhaps returns the forecast of a function with a chance of a call in each step.
func (w *world) perhaps(name string, chance event.Prob) event.Forecast {
	f := w.forecast(name, 1)
	for h := range f.PActive {
		f.PActive[h] = chance
	}
	return f
}

// decided returns the last decision of a function.
func (w *world) decided(name string) event.Decision {
	w.t.Helper()
	all := w.decisions()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Function == name {
			return all[i]
		}
	}
	w.t.Fatalf("no decision for %s", name)
	return event.Decision{}
}

// Nobody sets a ratio. The same chance of a call keeps the small function that starts slowly,
// and releases the large one that starts fast.
func TestASmallSlowFunctionIsKeptAndALargeFastOneIsNot(t *testing.T) {
	w := auto(t)
	small, large := w.deploy("small.fn", 1, openfaas.ModeActive), w.deploy("large.fn", 1, openfaas.ModeActive)
	small.MemoryBytes, large.MemoryBytes = 125<<20, 4000<<20
	w.scaler.starts.sample(small.Name, 8*time.Second)
	w.scaler.starts.sample(large.Name, 300*time.Millisecond)
	for range 2 {
		w.post(w.seal(w.perhaps(small.Name, 0.04), w.perhaps(large.Name, 0.04)), 200)
		w.tick()
	}
	if small.Replicas != 1 || large.Replicas != 0 {
		t.Errorf("the small one has %d replicas, the large one %d: %s; %s", small.Replicas, large.Replicas, w.decided(small.Name).Reason, w.decided(large.Name).Reason)
	}
	in := w.decided(small.Name).Inputs
	want := event.Prices{Idle: 7.5, Cold: 8 * policy.DefaultWaitPrice, MemoryBytes: 125 << 20, MemoryFrom: event.MemoryOwn}
	if in.Prices == nil || *in.Prices != want || math.Abs(in.CostRatio-want.Idle/want.Cold) > 1e-12 {
		t.Errorf("got prices %+v and ratio %v, want %+v", in.Prices, in.CostRatio, want)
	}
	if r := w.decided(small.Name).Reason; !strings.Contains(r, "; an idle step costs 7.5 GB·s (125 MiB), a cold start 798 GB·s (8.0 s)") {
		t.Errorf("the reason does not state both prices: %s", r)
	}
	if in := w.decided(large.Name).Inputs; in.CostRatio != policy.MostRatio {
		t.Errorf("240 GB·s for an idle step, 30 for a cold start: ratio %v", in.CostRatio)
	}
}

// The series follows the ratio that was used, also without a forecast, and goes with its function.
func TestTheRatioOfEachFunctionIsExported(t *testing.T) {
	w := auto(t)
	fixed := w.deploy("fixed.fn", 0, openfaas.ModeActive)
	fixed.Annotations[openfaas.AnnotationCostRatio] = "0.3"
	w.functions[name].MemoryBytes = policy.Gigabyte
	none := event.Forecast{Function: fixed.Name, Origin: w.now.Unix() / 60 * 60, StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	w.post(w.seal(w.perhaps(name, 0.2), none), 200)
	for _, line := range []string{
		`prewarm_cost_ratio{function_name="fixed.fn"} 0.3`,
		fmt.Sprintf(`prewarm_cost_ratio{function_name=%q} %v`, name, w.decided(name).Inputs.CostRatio),
	} {
		if !strings.Contains(w.exported(), line+"\n") {
			t.Errorf("%s is missing in\n%s", line, w.exported())
		}
	}
	w.scaler.metrics.forget(fixed.Name)
	if text := w.exported(); strings.Contains(text, `prewarm_cost_ratio{function_name="fixed.fn"}`) || !strings.Contains(text, "prewarm_cost_ratio") {
		t.Errorf("only the ratio of the function that is gone is dropped:\n%s", text)
	}
}

func TestTheAnnotationReplacesTheKeyOfTheCostRatio(t *testing.T) {
	w := auto(t)
	fixed := w.deploy("fixed.fn", 0, openfaas.ModeActive)
	fixed.Annotations[openfaas.AnnotationCostRatio] = "0.3"
	w.post(w.seal(w.perhaps(fixed.Name, 0.2)), 200)
	if d := w.last(); d.Inputs.CostRatio != 0.3 || d.Inputs.Prices != nil || strings.Contains(d.Reason, "GB·s") {
		t.Errorf("a ratio that is set has no prices: %+v, %s", d.Inputs, d.Reason)
	}
	w.scaler.cfg.Policy.CostRatio = 0.3
	fixed.Annotations[openfaas.AnnotationCostRatio] = "auto"
	w.tick()
	w.post(w.seal(w.perhaps(fixed.Name, 0.2)), 200)
	if d := w.last(); d.Inputs.CostRatio == 0.3 || d.Inputs.Prices == nil || d.Wanted != 1 {
		t.Errorf("auto has a ratio by prices: %+v, %s", d.Inputs, d.Reason)
	}
}

// The price of a second of waiting is the one number that the operator sets.
func TestTheRatioFollowsTheWaitPrice(t *testing.T) {
	w := auto(t)
	w.functions[name].MemoryBytes = policy.Gigabyte
	for price, want := range map[float64]float64{300: 0.1, 60: 0.5} {
		w.scaler.cfg.Policy.WaitPrice = price
		w.tick()
		w.post(w.seal(w.perhaps(name, 0.2)), 200)
		if d := w.last(); math.Abs(d.Inputs.CostRatio-want) > 1e-12 || (d.Wanted > 0) != (want < 0.2) {
			t.Errorf("wait price %v: %s, ratio %v", price, d.Reason, d.Inputs.CostRatio)
		}
	}
}

// The suite is off: its own limits say nothing about the functions of its users.
func TestUnknownMemoryIsPricedByTheMedianOfTheOthers(t *testing.T) {
	w := auto(t)
	w.deploy("prewarm.fn", 1, openfaas.ModeOff).MemoryBytes = 1 << 40
	w.post(w.seal(w.perhaps(name, 0.5)), 200)
	if p := w.last().Inputs.Prices; p == nil || p.MemoryFrom != event.MemoryAssumed || p.MemoryBytes != policy.AssumedMemory {
		t.Errorf("no memory is known: got %+v", p)
	}
	for other, memory := range map[string]int64{"a.fn": 32 << 20, "b.fn": 250 << 20, "c.fn": 8 << 30} {
		w.deploy(other, 1, openfaas.ModeObserve).MemoryBytes = memory
	}
	w.tick()
	w.post(w.seal(w.perhaps(name, 0.5)), 200)
	d := w.last()
	if p := d.Inputs.Prices; p == nil || p.MemoryFrom != event.MemoryMedian || p.MemoryBytes != 250<<20 || d.Inputs.MemoryBytes != 0 {
		t.Errorf("got %+v", p)
	}
	if !strings.Contains(d.Reason, "an idle step costs 15 GB·s (250 MiB, the median of all functions), a cold start 199 GB·s (2.0 s, assumed)") {
		t.Errorf("got %s", d.Reason)
	}
}

// Until it is measured, the start takes readiness_default. Once it turns out to be slow, the
// same chance of a call is worth a replica; after a restart the measured time still holds.
func TestAMeasuredStartTimeChangesTheRatio(t *testing.T) {
	w := auto(t)
	w.functions[name].MemoryBytes = 500 << 20
	w.post(w.seal(w.perhaps(name, 0.05)), 200)
	before := w.last()
	if math.Abs(before.Inputs.CostRatio-30/(2*policy.DefaultWaitPrice)) > 1e-12 || before.Wanted != 0 {
		t.Fatalf("assumed 2 s: got ratio %v, %s", before.Inputs.CostRatio, before.Reason)
	}
	w.scaler.starts.sample(name, 20*time.Second)
	w.tick()
	w.post(w.seal(w.perhaps(name, 0.05)), 200)
	after := w.last()
	if math.Abs(after.Inputs.CostRatio-before.Inputs.CostRatio/10) > 1e-12 || after.Wanted != 1 {
		t.Errorf("measured 20 s: got ratio %v, %s", after.Inputs.CostRatio, after.Reason)
	}
	w.restart()
	w.scaler.cfg.Policy.CostRatio = config.Auto
	w.tick()
	w.post(w.seal(w.perhaps(name, 0.05)), 200)
	if d := w.last(); d.Inputs.CostRatio != after.Inputs.CostRatio {
		t.Errorf("after a restart: got ratio %v, want %v", d.Inputs.CostRatio, after.Inputs.CostRatio)
	}
}

// A function whose annotation cannot be read has the ratio of the key, by its prices.
func TestAnUnreadableRatioIsPricedAndObserved(t *testing.T) {
	w := auto(t)
	w.functions[name].Annotations[openfaas.AnnotationCostRatio] = "automatic"
	w.post(w.seal(w.perhaps(name, 0.5)), 200)
	d := w.last()
	if d.Mode != string(openfaas.ModeObserve) || d.Inputs.Prices == nil || !strings.Contains(d.Reason, `prewarm.cost-ratio must be auto or a number, was: "automatic"`) {
		t.Errorf("got %+v", d)
	}
}

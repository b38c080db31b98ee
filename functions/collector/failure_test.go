package collector

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/series"
)

func TestTheStoreIsDownAndRecovers(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, nil)
	c := w.collector()
	w.tick(c, resultPublished)
	// The store does not answer, but goes on scraping.
	w.storeDown = true
	for range 5 {
		w.call(a, 1)
		w.pass(time.Minute, nil)
		if o := w.tick(c, resultStore); o.code != http.StatusServiceUnavailable {
			t.Errorf("got %+v", o)
		}
		// The window is published with unknown steps, so that the scaler holds.
		f := w.last(a)
		if last := f.Counts[len(f.Counts)-1]; last != series.NoData || f.InFlight != -1 || f.End() != w.now.Unix()/60*60 {
			t.Errorf("without a store the last step is unknown, got %d calls, %d in flight, end %d", last, f.InFlight, f.End())
		}
	}
	w.storeDown = false
	w.call(a, 1)
	w.pass(time.Minute, nil)
	w.tick(c, resultPublished)
	w.counts(a, 1, 1, 1, 1, 1, 1)
}

func TestStepsThatWereNotScrapedAreUnknownUntilTheStoreHasThem(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(5*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	// For three minutes the store scrapes nothing, but an agent keeps the samples.
	w.notScraped = true
	agent := newWorld(t)
	agent.now, agent.counters, agent.deployed, agent.stored = w.now, w.counters, w.deployed, map[string]*prom.Series{}
	agent.pass(3*time.Minute, func() { agent.call(a, 1) })
	w.now = agent.now
	w.tick(c, resultPublished)
	w.counts(a, 12, series.NoData, series.NoData, series.NoData)
	if f := w.last(a); f.InFlight != -1 {
		t.Errorf("calls in flight cannot be known, got %d", f.InFlight)
	}
	var st status
	get(t, c, &st)
	if len(st.Gaps) != 3 || st.Gaps[2] != w.now.Unix()-60 || !st.Provisional {
		t.Errorf("gaps: got %+v", st)
	}
	// The store scrapes again: the calls of the gap are divided among its steps, and the
	// first step after it has no more than its own.
	w.notScraped = false
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	w.counts(a, 12, 12, 12, 12, 12)
	if f := w.last(a); !slices.Equal(f.Tail(5).Spread, []series.Span{{0, 5}}) {
		t.Errorf("the gap reaches from the last scrape before it to the first one after it, got %v", f.Tail(5).Spread)
	}
	// Ten minutes later the agent delivers its samples.
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	for id, s := range agent.stored {
		w.stored[id].Samples = append(w.stored[id].Samples, s.Samples...)
		slices.SortFunc(w.stored[id].Samples, func(x, y prom.Sample) int { return int(x.T - y.T) })
	}
	w.tick(c, resultPublished)
	if f := w.last(a); slices.ContainsFunc(f.Tail(16).Counts, func(n int32) bool { return n != 12 }) || len(f.Tail(16).Spread) != 0 {
		t.Errorf("got %v, spread %v", f.Counts, f.Spread)
	}
}

func TestATickWaitsForTheScrapeThatCompletesItsStep(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	w.late = 20 * time.Second // within max_wait
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultPublished)
	w.counts(a, 12, 12)
	if f := w.last(a); f.Provisional() {
		t.Errorf("got %v", f.AtLeast)
	}
}

// Samples become visible after max_wait. The last step is a lower bound, which the next
// tick corrects. Once the lag is known, the windows end a step earlier and are complete.
func TestAStepThatIsNotCompleteInTimeIsProvisional(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(10*time.Minute, func() { w.call(a, 1) })
	c := w.collector()
	w.tick(c, resultPublished)
	w.late = 40 * time.Second
	for range 8 {
		w.pass(time.Minute, func() { w.call(a, 1) })
		w.tick(c, resultPublished)
		f := w.last(a).Tail(3)
		if last := f.Counts[2]; f.Counts[1] != 12 || last < 9 || last > 11 || !f.Provisional() {
			t.Errorf("got %v, lower bounds %v", f.Counts, f.AtLeast)
		}
	}
	w.pass(time.Minute, func() { w.call(a, 1) })
	w.tick(c, resultNothingNew) // the end of the windows stays where it is
	for range 3 {
		w.pass(time.Minute, func() { w.call(a, 1) })
		w.tick(c, resultPublished)
		if f := w.last(a); f.Provisional() || f.End() != w.now.Unix()-60 || f.Counts[len(f.Counts)-1] != 12 {
			t.Errorf("got %v, lower bounds %v", f.Tail(3).Counts, f.AtLeast)
		}
	}
}

func TestTheGatewayIsDown(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.pass(2*time.Minute, nil)
	w.gatewayDown = true
	if o := w.tick(w.collector(), resultGateway); o.code != http.StatusServiceUnavailable || len(w.sent) != 0 {
		t.Errorf("got %+v", o)
	}
}

// The mode of the operator decides which functions have a window, in the next tick and
// without a deployment.
func TestTheModeOfTheOperatorIsStrongerThanTheAnnotation(t *testing.T) {
	w := newWorld(t)
	w.deploy(a)
	w.deploy(b)
	w.deployed[b] = map[string]string{openfaas.AnnotationMode: "off"}
	c := w.collector()
	tick := func(result, want string) {
		t.Helper()
		w.pass(time.Minute, nil)
		w.sent = nil
		w.tick(c, result)
		got := ""
		for _, name := range []string{a, b} {
			if len(w.sent) > 0 && w.last(name) != nil {
				got += name + " "
			}
		}
		if got != want {
			t.Errorf("windows of %q, want %q", got, want)
		}
	}
	tick(resultPublished, a+" ")
	w.modes = map[string]event.Mode{a: {Function: a, Mode: "off"}, b: {Function: b, Mode: "observe"}}
	tick(resultPublished, b+" ")
	w.modes = map[string]event.Mode{b: {Function: b, Mode: "active"}}
	tick(resultPublished, a+" "+b+" ")
	w.modesErr = errFake // it is not known which functions are off
	tick(resultBus, "")
	w.modesErr = nil
	tick(resultPublished, a+" "+b+" ")
}

package demand_test

import (
	"testing"
	"time"

	"prewarm/shared/prometheus/demand"
)

const fn = "hello.openfaas-fn"

// began is a begin of a step of a minute.
var began = time.Unix(1_800_000_000, 0)

// story is a source that is read every two seconds, and a collector.
type story struct {
	t       *testing.T
	now     time.Time
	process float64
	tracker *demand.Tracker
	shown   int
}

func newStory(t *testing.T) *story {
	return &story{t: t, now: began, process: 1, tracker: demand.NewTracker(began)}
}

// read reads the source once, and checks what is in flight.
func (s *story) read(want int, why string) {
	s.t.Helper()
	r := demand.Reading{Process: s.process, InFlight: map[string]int{}}
	if s.shown > 0 {
		r.InFlight[fn] = s.shown
	}
	if got := s.tracker.Observe(r, s.now); got[fn] != want {
		s.t.Errorf("%v, %s: %d in flight, want %d", s.now.Sub(began), why, got[fn], want)
	}
}

// step lets a step pass, in which the source shows calls. Its forecast comes 10 s after the end,
// and believes in flight what believed says.
func (s *story) step(shown, believed int) {
	s.t.Helper()
	s.now, s.shown = s.now.Truncate(time.Minute).Add(time.Minute), shown
	s.tracker.Observe(demand.Reading{Process: s.process, InFlight: map[string]int{fn: shown}}, s.now)
	s.tracker.Anchor(fn, s.now.Unix(), 60, believed)
	s.now = s.now.Add(10 * time.Second)
}

// A caller has cut off four streams. The collector takes them as lost after a while, and the
// watch does so three steps later.
func TestLostCallsAreNotInFlightForEver(t *testing.T) {
	s := newStory(t)
	s.step(0, 0)
	s.step(4, 4)
	s.read(4, "they may still end")
	for _, want := range []int{4, 4, 0, 0} {
		s.step(4, 0)
		s.read(want, "the collector takes them as lost")
	}
	s.shown = 9
	s.read(5, "calls beside lost ones")
	s.step(9, 5)
	s.shown = 0
	s.read(0, "they ended after all")
	s.shown = 3
	s.read(3, "so that none is lost")
}

// A burst at the begin of a step, which the scrape of the collector missed, is no lost call.
func TestABurstBesideAScrapeIsNotLost(t *testing.T) {
	s := newStory(t)
	for range 4 {
		s.step(1, 1)
	}
	s.step(12, 1)
	s.read(12, "a burst")
	s.step(12, 12)
	s.read(12, "it goes on")
	s.step(12, 1)
	s.step(12, 1)
	s.read(12, "two steps are not enough")
}

// What the collector does not know is no anchor.
func TestUnknownCallsInFlightTellNothing(t *testing.T) {
	s := newStory(t)
	s.step(0, 0)
	for range 5 {
		s.step(6, -1)
		s.read(6, "the collector knows nothing")
	}
}

// The watch starts beside a gateway that has run for long: which of its calls are lost is not
// known before the forecasts come.
func TestWithoutAForecastOnlyGrowthCounts(t *testing.T) {
	s := newStory(t)
	s.shown = 5
	s.read(0, "lost, or in flight")
	s.shown = 8
	s.read(3, "more than at the start")
	s.shown = 2
	s.read(0, "at least three were in flight")
	s.shown = 8
	s.read(6, "of which two may be lost")
	s.step(8, 8) // the first forecast, which tells when steps begin
	s.step(8, 8)
	s.read(8, "the collector knows that none is lost")
}

// A gateway restarts, and its counters begin at zero. What was lost is forgotten with it.
func TestCountersThatBeginAnewHaveNoLostCalls(t *testing.T) {
	s := newStory(t)
	for range 4 {
		s.step(4, 0)
	}
	s.read(0, "lost")
	s.process, s.shown = float64(s.now.Unix()), 3
	s.read(3, "all of its calls came since")
	if !s.tracker.Several(s.now) {
		t.Error("two gateways have answered within seconds")
	}
	s.process, s.shown = 1, 4
	s.read(0, "the other gateway behind the address")
	s.now = s.now.Add(5 * time.Minute)
	s.read(0, "it answers alone since")
	if s.tracker.Several(s.now) {
		t.Error("one gateway has answered for five minutes")
	}
}

func TestManyGatewaysAreNotKept(t *testing.T) {
	s := newStory(t)
	s.shown = 1
	for i := range 100 {
		s.process = float64(began.Unix() + int64(i) + 1)
		s.read(1, "a new one")
	}
	s.process = 2
	s.read(0, "an old one, seen first")
	s.shown = 2
	s.read(1, "and again")
}

// The clock is set back by an hour: the snapshots ahead tell nothing.
func TestAClockThatIsSetBack(t *testing.T) {
	s := newStory(t)
	s.step(0, 0)
	s.now = s.now.Add(-time.Hour)
	for _, want := range []int{4, 4, 0} {
		s.step(4, 0)
		s.read(want, "anchored by the right clock")
	}
}

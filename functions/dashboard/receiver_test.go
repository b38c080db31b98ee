package dashboard

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

func isAhead(err error) bool {
	var ahead aheadError
	return errors.As(err, &ahead)
}

// The clock of a node is an hour ahead for one step and right again in the next.
func TestAClockThatRanAheadHidesNothing(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.ns", "mail.ns")
	if err := receive(t, d, origin+3600, "shop.ns"); !isAhead(err) {
		t.Errorf("a step that is an hour away: got %v", err)
	}
	if w := get(d, "/api/function?function=mail.ns"); w.Code != http.StatusOK {
		t.Errorf("a function that the refused message does not name was dropped: got %d", w.Code)
	}
	next := int64(origin + 60)
	d.now = func() time.Time { return time.Unix(next+30, 0) }
	if err := receive(t, d, next, "shop.ns"); err != nil {
		t.Fatal(err)
	}
	var status statusJSON
	decode(t, get(d, "/api/status"), &status)
	var shop functionJSON
	decode(t, get(d, "/api/function?function=shop.ns"), &shop)
	if status.Newest != next || shop.Window.End() != next || shop.Forecast.Origin != next || shop.LastDecision.Step != next {
		t.Errorf("step %d: the status has %d, the window %d, the forecast %d, the decision %d", next,
			status.Newest, shop.Window.End(), shop.Forecast.Origin, shop.LastDecision.Step)
	}
}

func TestClocksMayDifferByOneStep(t *testing.T) {
	d := newFake(t, &fakeSource{})
	d.now = func() time.Time { return time.Unix(origin-61, 0) }
	if err := receive(t, d, origin, "shop.ns"); !isAhead(err) {
		t.Errorf("more than one step ahead: got %v", err)
	}
	d.now = func() time.Time { return time.Unix(origin-60, 0) }
	if err := receive(t, d, origin, "shop.ns"); err != nil {
		t.Errorf("one step ahead: got %v", err)
	}
}

func TestSavingsAreCountedAfterAClockThatRanAhead(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { d.receiver.followSavings(ctx, source, d.ledger, time.Hour); close(ended) }()
	decided := func(step int64) {
		one := decision("shop.ns", step)
		one.Inputs.RecentNeed, one.Inputs.Settled = 0, []int32{0}
		source.channel(event.TypeDecisions) <- sealAt(t, step, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{one}})
	}
	for i := range int64(15) {
		decided(origin - 60*(14-i))
		if i == 11 {
			decided(origin + 3600)
		}
	}
	// Keep-alive needs to know ten steps first.
	testbed.Eventually(t, "all other steps are counted", func() bool {
		total, _ := d.ledger.Sum(60)
		return total.Active.Steps == 15-10
	})
	cancel()
	<-ended
}

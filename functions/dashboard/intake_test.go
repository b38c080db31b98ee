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

// The clock of a node runs an hour ahead for one tick of the chain and is put
// right before the next.
func TestAClockThatRanAheadHidesNothing(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "shop.ns", "mail.ns")
	if err := tell(t, d, origin+3600, "shop.ns"); !errors.Is(err, errAhead) {
		t.Errorf("a step in an hour: got %v", err)
	}
	if w := get(d, "/api/function?function=mail.ns"); w.Code != http.StatusOK {
		t.Errorf("a function that was not named in it is gone: got %d", w.Code)
	}
	next := int64(origin + 60)
	d.now = func() time.Time { return time.Unix(next+30, 0) }
	if err := tell(t, d, next, "shop.ns"); err != nil {
		t.Fatal(err)
	}
	var status statusJSON
	decode(t, get(d, "/api/status"), &status)
	var shop detailJSON
	decode(t, get(d, "/api/function?function=shop.ns"), &shop)
	if status.Newest != next || shop.Window.End() != next || shop.Forecast.Origin != next || shop.Decision.Step != next {
		t.Errorf("of step %d the status knows %d, the window %d, the forecast %d, the decision %d", next,
			status.Newest, shop.Window.End(), shop.Forecast.Origin, shop.Decision.Step)
	}
}

func TestClocksMayDifferByOneStep(t *testing.T) {
	d := newFake(t, &fakeSource{})
	d.now = func() time.Time { return time.Unix(origin-61, 0) }
	if err := tell(t, d, origin, "shop.ns"); !errors.Is(err, errAhead) {
		t.Errorf("more than one step ahead: got %v", err)
	}
	d.now = func() time.Time { return time.Unix(origin-60, 0) }
	if err := tell(t, d, origin, "shop.ns"); err != nil {
		t.Errorf("one step ahead: got %v", err)
	}
}

func TestSavingsAreCountedOnAfterAClockThatRanAhead(t *testing.T) {
	source := &fakeSource{}
	d := newFake(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { d.intake.tally(ctx, source, d.ledger, time.Hour); close(ended) }()
	decided := func(step int64) {
		one := decision("shop.ns", step)
		one.Inputs.RecentNeed = 0
		source.channel(event.TypeDecisions) <- sealAt(t, step, event.TypeDecisions, &event.Decisions{Decisions: []event.Decision{one}})
	}
	for i := range int64(15) {
		decided(origin - 60*(14-i))
		if i == 11 {
			decided(origin + 3600)
		}
	}
	// The first ten steps are what keep-alive is compared with.
	testbed.Eventually(t, "all other steps are scored", func() bool {
		total, _ := d.ledger.sum(hourSteps)
		return total.Active.Steps == 15-10
	})
	cancel()
	<-ended
}

func TestTheLastDecisionIsThatOfTheNewestStep(t *testing.T) {
	d := newFake(t, &fakeSource{})
	hasty := decision("shop.ns", origin-60)
	hasty.Time = time.Unix(origin+120, 0) // by the clock of a scaler that runs ahead
	d.view.addDecisions(origin-60, &event.Decisions{Decisions: []event.Decision{hasty}})
	d.view.addDecisions(origin, &event.Decisions{Decisions: []event.Decision{decision("shop.ns", origin)}})
	if rec, _ := d.view.one("shop.ns"); rec.latest().Step != origin {
		t.Errorf("got the decision of step %d, want %d", rec.latest().Step, origin)
	}
}

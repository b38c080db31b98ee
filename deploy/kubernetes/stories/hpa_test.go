package stories

import (
	"testing"
	"time"

	"prewarm/shared/hpa"
)

// likeTheExample returns a controller with the values of examples/hpa.yaml.
func likeTheExample(minimum, maximum int) *hpa.Controller {
	c := hpa.New(minimum, maximum)
	c.Up.Policies = []hpa.Policy{{Percent: 1000, Period: 15 * time.Second}}
	c.Down.Window = time.Minute
	return c
}

// withHPA lets an HPA with CPU and the external metric scale the function.
func (w *world) withHPA(c *hpa.Controller) {
	prometheus := w.scraped()
	w.every(hpa.SyncPeriod, 7*time.Second, func() {
		w.set(c.Sync(w.now, w.replicas(), w.cpu, prometheus.metric(w)), "hpa")
	})
}

// steps returns a step function over minutes. pairs are minute and value in turn: a
// value applies from its minute until the next.
func steps(pairs ...float64) func(float64) int {
	return func(minute float64) (n int) {
		for i := 0; i < len(pairs); i += 2 {
			if minute >= pairs[i] {
				n = int(pairs[i+1])
			}
		}
		return n
	}
}

func TestAnHPAFollowsTheForecastAndTheLoad(t *testing.T) {
	w := newWorld(t, 1, "hpa")
	// From minute 10 to 20 a load that was foreseen two minutes ahead; from 40 to
	// 45 one that was not.
	w.load = steps(0, 1, 10, 4, 20, 1, 40, 7, 45, 1)
	w.forecast = steps(0, 1, 8, 4, 20, 1)
	w.withHPA(likeTheExample(1, 10))

	w.run(10 * time.Minute)
	if w.ready() != 4 {
		t.Errorf("%d replicas are ready when the foreseen load comes", w.ready())
	}
	w.run(30 * time.Minute)
	if w.replicas() != 1 {
		t.Errorf("%d replicas after it", w.replicas())
	}
	w.run(3 * time.Minute)
	if w.replicas() != 7 {
		t.Errorf("%d replicas under the load that was not foreseen: CPU must win", w.replicas())
	}
	w.run(20 * time.Minute)
	if w.replicas() != 1 {
		t.Errorf("%d replicas at the end", w.replicas())
	}
	// Up, down, up, down: one change for each change of the load, all by one controller.
	if w.by("hpa") != len(w.changes) || w.turns() != 3 {
		t.Errorf("the scale went %+v", w.changes)
	}
}

func TestAnHPAWithTheDefaultsOfKubernetesIsSlowerButDoesNotFight(t *testing.T) {
	w := newWorld(t, 1, "hpa")
	w.load = steps(0, 1, 10, 4, 20, 1)
	w.forecast = steps(0, 1, 8, 4, 20, 1)
	w.withHPA(hpa.New(1, 10))
	w.run(40 * time.Minute)
	if w.by("hpa") != len(w.changes) || w.turns() != 1 || w.replicas() != 1 {
		t.Errorf("the scale went %+v", w.changes)
	}
}

func TestAnHPAHoldsWhenTheChainStops(t *testing.T) {
	w := newWorld(t, 1, "hpa")
	w.load = steps(0, 1, 30, 6)
	w.forecast = steps(0, 4)
	w.withHPA(likeTheExample(1, 10))
	w.run(10 * time.Minute)
	w.stopped = true
	w.run(20 * time.Minute)
	if w.replicas() != 4 {
		t.Errorf("%d replicas while nothing is known", w.replicas())
	}
	w.run(5 * time.Minute)
	if w.replicas() != 6 {
		t.Errorf("%d replicas: CPU must still scale out", w.replicas())
	}
	w.stopped = false
	w.load, w.forecast = steps(0, 1), steps(0, 1)
	w.run(10 * time.Minute)
	if w.replicas() != 1 || w.by("scaler") != 0 || w.turns() != 1 {
		t.Errorf("the scale went %+v", w.changes)
	}
}

// TestAnHPAWithoutTheAnnotationIsNoticed shows the conflict that the annotation
// prevents: the scaler learns that another controller sets the scale, and stops
// setting its own for half an hour.
func TestAnHPAWithoutTheAnnotationIsNoticed(t *testing.T) {
	w := newWorld(t, 2, "gateway")
	w.load, w.forecast = steps(0, 2), steps(0, 6)
	c := likeTheExample(1, 10)
	w.every(hpa.SyncPeriod, 7*time.Second, func() { w.set(c.Sync(w.now, w.replicas(), w.cpu), "hpa") })
	w.run(2 * time.Hour)
	if n := w.by("scaler"); n == 0 || n > 12 {
		t.Errorf("the scaler acted %d times in two hours: %+v", n, w.changes)
	}
}

// TestTheGatewayOfTheCommunityEditionIsNotFought: its informer resets every scale above
// 5 to 5 half a second later, and prewarm must stop asking for it.
func TestTheGatewayOfTheCommunityEditionIsNotFought(t *testing.T) {
	w := newWorld(t, 1, "gateway")
	w.load, w.forecast = steps(0, 1), steps(0, 9)
	w.each = append(w.each, func() { w.set(min(w.replicas(), 5), "edition") })
	w.run(2 * time.Hour)
	if w.replicas() != 5 {
		t.Errorf("%d replicas", w.replicas())
	}
	if n := w.by("edition"); n > 12 {
		t.Errorf("the edition reset the scale %d times in two hours: %+v", n, w.changes)
	}
}

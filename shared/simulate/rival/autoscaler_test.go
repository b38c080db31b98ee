package rival_test

import (
	"slices"
	"testing"

	"prewarm/shared/simulate/rival"
)

// docs.openfaas.com, "Auto-scaling your functions": sleep, with a target of 5 calls in flight,
// is measured at 15 and then at 25. With the proportion of 0.90 that is 15 / 4.5 = 3.3 and
// 25 / 4.5 = 5.6. A call of sleep takes a whole minute here.
func TestTheAutoscalerOfTheDocumentationScalesByCallsInFlight(t *testing.T) {
	w := callsOf(60, []int32{0, 15, 25, 0, 0, 0, 0, 0, 0, 0})
	got := keptBy(t, w, rival.NewAutoscaler(w, 5), 0)
	// The stable window of 5 minutes keeps the highest recommendation.
	if want := []int32{0, 0, 4, 6, 6, 6, 6, 6, 6, 1}; !slices.Equal(got, want) {
		t.Errorf("decisions are %v, want %v", got, want)
	}
}

// Page "Scale to Zero": after 15 minutes without a call, com.openfaas.scale.zero-duration.
func TestTheAutoscalerGoesToZeroAfterFifteenMinutes(t *testing.T) {
	w := callsOf(0.1, timerOf(40, 2, 100, 1))
	got := keptBy(t, w, rival.NewAutoscaler(w, 0), 0)
	for m, n := range got {
		if want := m > 2 && m <= 2+15; (n == 1) != want {
			t.Errorf("%d warm at %d, want one from 3 to 17", n, m)
		}
	}
}

// The documented default of 50 calls in flight leaves one replica where 45 are in flight, and
// gives two above that.
func TestTheDefaultTargetIsFifty(t *testing.T) {
	w := callsOf(60, []int32{45, 0, 46, 0})
	if got := keptBy(t, w, rival.NewAutoscaler(w, 0), 0); !slices.Equal(got, []int32{0, 1, 1, 2}) {
		t.Errorf("decisions are %v, want 0, 1, 1, 2", got)
	}
	if name := rival.NewAutoscaler(w, 0).Name() + rival.NewAutoscaler(w, 0.5).Name(); name != "autoscalerautoscaler-0.5" {
		t.Errorf("names are %s", name)
	}
}

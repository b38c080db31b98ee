//go:build unix

package live

import (
	"io"
	"testing"
	"time"

	"prewarm/deploy/faults/invariant"
)

// TestScaleCallsAreReadFromTheGatewaysLog: a line may come in two pieces, and replicas that a
// call has woken were asked for by nobody.
func TestScaleCallsAreReadFromTheGatewaysLog(t *testing.T) {
	c := &Chain{}
	s := &scales{chain: c, out: io.Discard}
	for _, piece := range []string{
		"2026/11/30 17:41:00 INFO scaled function=busy from=1 ", "to=0 cause=request\n",
		"2026/11/30 17:41:01 INFO scaled function=timer from=0 to=1 cause=call\nINFO updated function=scaler\n",
	} {
		if n, err := s.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	if len(c.log.Scales) != 1 {
		t.Fatalf("got %v, want one call", c.log.Scales)
	}
	got := c.log.Scales[0]
	if got.At.IsZero() {
		t.Error("the call has no time")
	}
	got.At = time.Time{}
	if want := (invariant.Scale{Function: "busy.openfaas-fn", Before: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

package scaler

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/serve"
)

// Alerts use the increase of a counter. A counter that starts at 1 with the first forged
// batch shows none, so it must be exported with 0 before.
func TestEveryAnswerIsCountedFromZero(t *testing.T) {
	text := newWorld(t, openfaas.ModeActive).exported()
	for _, status := range append(statuses().All(), serve.Refusals()...) {
		for _, caller := range []string{"delivery", "stranger"} {
			want := `prewarm_scaler_batches_total{caller="` + caller + `",result="` + http.StatusText(status) + `"} 0`
			if !strings.Contains(text, want) {
				t.Errorf("no %s in:\n%s", want, text)
			}
		}
	}
	for _, err := range []error{
		nil, event.ErrTooLarge, event.ErrSignature, event.ErrAudience, event.ErrMalformed, event.ErrPayload, errReplayed, event.ErrStale, errors.New("the gateway hangs"),
	} {
		if status := statuses().Of(err); !slices.Contains(statuses().All(), status) {
			t.Errorf("%v: %d is not among the statuses", err, status)
		}
	}
}

package scaler

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Alerts look for an increase: a counter that began at 1 with the first forged batch would
// show none.
func TestEveryAnswerIsCountedFromZero(t *testing.T) {
	text := newWorld(t, openfaas.ModeActive).exported()
	for _, status := range statuses().All() {
		if want := `prewarm_scaler_batches_total{result="` + http.StatusText(status) + `"} 0`; !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	for _, err := range []error{
		nil, event.ErrTooLarge, event.ErrSignature, event.ErrMalformed, event.ErrPayload, errReplayed, errStale, errors.New("the gateway hangs"),
	} {
		if status := statuses().Of(err); !slices.Contains(statuses().All(), status) {
			t.Errorf("%v: %d is not among the statuses", err, status)
		}
	}
}

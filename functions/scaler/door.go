package scaler

import (
	"net/http"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// Door implements the method that package serve looks for. Batches that the connector
// delivers have places of their own. A batch without a proof is a stranger's, and is applied
// all the same if it is signed.
func (s *Scaler) Door() serve.Door {
	return serve.Door{
		Proof:        serve.Deliveries(s.cfg.Keys, event.TypeForecasts, s.now),
		StrangerBody: func(string) int64 { return event.MaxBody },
		Refused: func(caller string, status int) {
			s.metrics.batches.WithLabelValues(http.StatusText(status), caller).Inc()
		},
	}
}

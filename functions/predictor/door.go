package predictor

import (
	"net/http"
	"strings"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// kindRefused is the kind of requests that were answered before they were read.
const kindRefused = "refused"

// Door implements the method that package serve looks for. Batches that the connector
// delivers have places of their own. Without a key, all callers are strangers.
func (p *Predictor) Door() serve.Door {
	return serve.Door{
		Proof:        serve.Deliveries(p.keys, event.TypeWindows, p.now),
		StrangerBody: strangerBody,
		Refused: func(caller string, status int) {
			p.metrics.requests.WithLabelValues(kindRefused, http.StatusText(status), caller).Inc()
		},
	}
}

// strangerBody returns the most bytes of a stranger's body: of the features of a load, and on
// other paths of a batch without a proof, such as the stock nats-connector sends.
func strangerBody(path string) int64 {
	if strings.Trim(path, "/") == predictPath {
		return maxFeatures
	}
	return event.MaxBody
}

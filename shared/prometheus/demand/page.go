package demand

import (
	"fmt"
	"io"
	"math"
)

// Metrics of the gateway.
//
// Source: docs.openfaas.com, page "Monitoring Functions".
const (
	metricStarted = "gateway_function_invocation_started" // calls that began
	metricEnded   = "gateway_function_invocation_total"   // calls that ended, by code
	metricBegan   = "process_start_time_seconds"          // of the gateway's process
	labelFunction = "function_name"
)

// maxFunctions bounds the names of functions on a page, which anybody may have called: ten times
// as many as prewarm scales.
const maxFunctions = 100_000

// readPage returns what a page of metrics of one gateway shows. A gateway without a call has
// no counters, and no call in flight.
func readPage(r io.Reader) (Reading, error) {
	calls, began := map[string]float64{}, 0.0
	add := func(name []byte, n float64) error {
		calls[string(name)] += n
		if len(calls) > maxFunctions {
			return fmt.Errorf("must have at most %d functions", maxFunctions)
		}
		return nil
	}
	err := scan(r, []string{metricStarted, metricEnded, metricBegan}, func(l *line) error {
		name := l.label(labelFunction)
		switch l.metric {
		case metricBegan:
			began = l.value
		case metricStarted:
			return add(name, l.value)
		case metricEnded:
			return add(name, -l.value)
		}
		return nil
	})
	if err != nil {
		return Reading{}, err
	}
	return Reading{Process: began, InFlight: inFlight(calls)}, nil
}

// inFlight returns the functions with calls in flight. Calls that end while the page is
// written may make a difference negative.
func inFlight(calls map[string]float64) map[string]int {
	out := map[string]int{}
	for name, n := range calls {
		if n = math.Round(n); n >= 1 && name != "" {
			out[name] = int(min(n, math.MaxInt32))
		}
	}
	return out
}

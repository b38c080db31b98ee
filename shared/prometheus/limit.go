package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrLimit means that a query exceeds a limit: of the client, of the store, or of a proxy
// between them. The same query over less time may succeed.
var ErrLimit = errors.New("prometheus: query exceeds a limit")

// AskLess reports whether a query that failed with err may succeed over less time: it
// exceeds a limit, or its deadline has passed. If the deadline may be that of more than
// the query, such as a tick, the caller checks that first.
func AskLess(err error) bool {
	return errors.Is(err, ErrLimit) || errors.Is(err, context.DeadlineExceeded)
}

// limitTexts are parts of the texts with which stores refuse a query that is too large.
// Their status is no sign: VictoriaMetrics answers most errors with 422, and Cortex and
// Mimir pass on limits with 400, 422 or 500.
var limitTexts = []string{
	"too many samples",                         // Prometheus -query.max-samples
	"exceeds the limit",                        // Cortex, Mimir: length of the range
	"err-mimir-max-",                           // Mimir: series, chunks, bytes, length
	"the query hit the max",                    // Cortex: series, chunks
	"ResourceExhausted",                        // Thanos, Cortex: limits of store gateways, size of messages
	"cannot select more than",                  // VictoriaMetrics -search.maxSamplesPerQuery
	"matching timeseries exceeds",              // VictoriaMetrics -search.maxUniqueTimeseries
	"-search.maxMemoryPerQuery",                // VictoriaMetrics
	"-search.maxQueryDuration", "timed out in", // VictoriaMetrics, Prometheus -query.timeout
}

// refused returns the error of an answer that refuses a query: ErrLimit if a shorter one may
// be answered, else ErrStatus. status is for the reader, such as 422 Unprocessable Entity.
func refused(code int, status, errorType, text string) error {
	kind := ErrStatus
	if limited(code, errorType, text) {
		kind = ErrLimit
	}
	return fmt.Errorf("%w: %s: %q%s", kind, status, shorten(strings.TrimSpace(text)), remedy(code))
}

// shorten leaves out the middle of a long text: VictoriaMetrics writes what is wrong after
// the query.
func shorten(text string) string {
	const head, tail = 150, 350
	if len(text) <= head+tail {
		return text
	}
	return text[:head] + " ... " + text[len(text)-tail:]
}

// remedy names the settings that may be wrong if a store answers with a status code.
func remedy(code int) string {
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "; check the credentials of the store, and the tenant in prometheus_headers"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "; check the path in prometheus_url"
	}
	return ""
}

// limited reports whether a refusal is due to a limit.
func limited(code int, errorType, text string) bool {
	switch code {
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusGatewayTimeout:
		return true
	}
	// Prometheus and Thanos: the expression cannot be evaluated. A plain selector, as all
	// queries of this package are, fails at limits only.
	if errorType == "execution" || errorType == "timeout" {
		return true
	}
	for _, part := range limitTexts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

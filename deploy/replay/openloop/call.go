package openloop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Headers of the calls and of their answers.
const (
	HeaderWork     = "X-Work-Seconds"            // seconds that the function is asked to work
	HeaderCold     = "X-Cold-Start"              // "true" if the call had to wait for a replica
	HeaderColdWait = "X-Cold-Start-Wait-Seconds" // how long it waited
)

// Statuses of calls without an answer.
const (
	statusTimeout   = "timeout"
	statusCancelled = "cancelled"
	statusFailed    = "no answer"
)

// startKind is whether a call had to wait for a replica, according to the gateway.
type startKind int

const (
	unknown startKind = iota // the gateway does not report it
	warm
	cold
)

// callResult is the result of one call.
type callResult struct {
	status   string        // HTTP status, or one of the statuses without an answer
	failed   bool          // status is not 2xx
	start    startKind     // warm or cold
	wait     float64       // seconds that the call waited for a replica, according to the gateway
	fromDue  time.Duration // from the time at which the call was due to the last byte
	fromSend time.Duration // from the sending to the last byte
}

// call sends one call and waits for its whole answer.
func (r *run) call(ctx context.Context, function int, due time.Time) callResult {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	// A busy machine sends late: fromDue holds that delay, fromSend does not.
	sent := time.Now()
	var res callResult
	response, err := r.request(ctx, function)
	if err == nil {
		res.readHeaders(response)
		// An answer that breaks off counts as no answer, whatever its status was.
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	if err != nil {
		res.status, res.failed = failure(err), true
	}
	done := time.Now()
	res.fromDue, res.fromSend = done.Sub(due), done.Sub(sent)
	return res
}

// request sends the request of one call and returns when the headers of the answer are
// there. The work is that of the trace, scaled and bounded by the options.
func (r *run) request(ctx context.Context, function int) (*http.Response, error) {
	url := r.options.Gateway + "function/" + r.options.Deployed[function]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	work := min(r.options.Trace.Functions[function].Duration*r.options.WorkScale, r.options.MaxWork)
	request.Header.Set(HeaderWork, strconv.FormatFloat(work, 'f', 6, 64))
	// Not a client, which would follow redirects: a redirect is the function's answer.
	return r.options.Transport.RoundTrip(request)
}

// readHeaders reads status and headers of an answer. An invalid wait is ignored.
// Only the local gateway sets the two headers of cold starts.
func (res *callResult) readHeaders(response *http.Response) {
	res.status = strconv.Itoa(response.StatusCode)
	res.failed = response.StatusCode < 200 || response.StatusCode > 299
	switch response.Header.Get(HeaderCold) {
	case "true":
		res.start = cold
	case "false":
		res.start = warm
	}
	if wait, err := strconv.ParseFloat(response.Header.Get(HeaderColdWait), 64); err == nil && wait > 0 && wait < 1e6 {
		res.wait = wait
	}
}

// failure returns the status of a call without an answer.
// The kinds differ in their cause: a slow function, an interrupt, or the network.
func failure(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return statusTimeout
	case errors.Is(err, context.Canceled):
		return statusCancelled
	}
	return statusFailed
}

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
	HeaderWork      = "X-Work-Seconds"            // seconds that the function is asked to work
	HeaderCold      = "X-Cold-Start"              // true if the call had to wait for a replica
	HeaderColdWait  = "X-Cold-Start-Wait-Seconds" // how long it waited
	statusTimeout   = "timeout"
	statusCancelled = "cancelled"
	statusFailed    = "no answer"
)

// temperature is what the gateway says about the replica of a call.
type temperature int

const (
	unknown temperature = iota
	warm
	cold
)

// outcome is what became of a call.
type outcome struct {
	status      string        // HTTP status or what came instead
	failed      bool          // status is not 2xx
	temperature temperature   //
	wait        float64       // seconds for a replica, as the gateway says
	fromDue     time.Duration // from the time due to the last byte
	fromSend    time.Duration // from the sending to the last byte
}

// call sends one request and waits for all of its answer.
func (r *run) call(ctx context.Context, function int, due time.Time) outcome {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	sent := time.Now()
	var o outcome
	response, err := r.request(ctx, function)
	if err == nil {
		o.readHeaders(response)
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	if err != nil {
		o.status, o.failed = failure(err), true
	}
	done := time.Now()
	o.fromDue, o.fromSend = done.Sub(due), done.Sub(sent)
	return o
}

// request sends the request of one call.
func (r *run) request(ctx context.Context, function int) (*http.Response, error) {
	url := r.options.Gateway + "function/" + r.options.Deployed[function]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	work := min(r.options.Trace.Functions[function].Duration*r.options.WorkScale, r.options.MaxWork)
	request.Header.Set(HeaderWork, strconv.FormatFloat(work, 'f', 6, 64))
	return r.options.Transport.RoundTrip(request)
}

// readHeaders notes what the headers of an answer say.
func (o *outcome) readHeaders(response *http.Response) {
	o.status = strconv.Itoa(response.StatusCode)
	o.failed = response.StatusCode < 200 || response.StatusCode > 299
	switch response.Header.Get(HeaderCold) {
	case "true":
		o.temperature = cold
	case "false":
		o.temperature = warm
	}
	if wait, err := strconv.ParseFloat(response.Header.Get(HeaderColdWait), 64); err == nil && wait > 0 && wait < 1e6 {
		o.wait = wait
	}
}

// failure names what came instead of an answer.
func failure(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return statusTimeout
	case errors.Is(err, context.Canceled):
		return statusCancelled
	}
	return statusFailed
}

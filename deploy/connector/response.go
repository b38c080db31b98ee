package connector

import (
	"net/http"
	"time"
)

// result is what the response of a function means for the message. It is a label
// value of the metric prewarm_connector_deliveries_total.
type result string

const (
	// delivered: the function has received the message.
	delivered result = "delivered"

	// duplicate: the function answered 409 because it has received the message
	// before, or because the message is not current. The first happens after an answer or
	// an acknowledgement was lost, or if a message is published twice; the second after an
	// outage, or if a clock is wrong. The message is neither retried nor dead-lettered:
	// another try would get the same answer, and a newer message has what is missing.
	duplicate result = "duplicate"

	// refused: the function would reject the message again, so it becomes a dead
	// letter. A function that failed at the last try is settled as refused, too.
	refused result = "refused"

	// failed: another try may succeed.
	failed result = "failed"
)

// resultOf maps the status of an answer to a result. Every status that is not known
// to be final counts as failed: 404 while a function is being deployed, 408, 429,
// any 5xx.
func resultOf(status int) result {
	switch {
	case status >= 200 && status < 300:
		return delivered
	case status == http.StatusConflict:
		return duplicate
	case status == http.StatusBadRequest,
		status == http.StatusUnauthorized,
		status == http.StatusForbidden,
		status == http.StatusRequestEntityTooLarge,
		status == http.StatusUnprocessableEntity:
		return refused
	}
	return failed
}

// response is how one function responded to one message.
type response struct {
	function string
	result   result
	status   int    // 0 if there was no answer
	cause    string // one line, empty after success
	unproven string // why the function did not accept the proof, empty if it did
}

// backoff returns the delay after the given try, which counts from 1:
//
//	d = min(least * 2^(try-1), most),  delay = d/2 + random * d/2
//
// with random in [0, 1), so that messages that failed together are not all retried
// at the same moment. This is the "equal jitter" of Brooker, "Exponential Backoff
// And Jitter", AWS Architecture Blog, 2015.
func backoff(try uint64, least, most time.Duration, random float64) time.Duration {
	delay := least
	for ; try > 1 && delay < most; try-- {
		delay *= 2
	}
	delay = min(delay, most)
	return delay/2 + time.Duration(random*float64(delay/2))
}

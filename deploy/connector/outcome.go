package connector

import (
	"net/http"
	"time"
)

// verdict is what one answer of one function means for the message.
type verdict string

const (
	// delivered: the function has taken the message.
	delivered verdict = "delivered"

	// duplicate: the function answered 409, it has taken the message before. That
	// happens when an answer or an acknowledgement was lost on the way, and to a
	// message that somebody sent again. Another try would be answered the same,
	// and nothing is missing, so the message is neither retried nor dead-lettered.
	duplicate verdict = "duplicate"

	// refused: the same message will be refused again, so it is a dead letter. It
	// is also remembered for a function whose tries are used up.
	refused verdict = "refused"

	// failed: a later try may succeed.
	failed verdict = "failed"
)

// judge maps the status of an answer to a verdict. What is not known to be final
// is tried again: 404 while a function is being deployed, 408, 429, any 5xx.
func judge(status int) verdict {
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

// outcome is one call of one function.
type outcome struct {
	function string
	verdict  verdict
	status   int    // 0 where there was no answer
	cause    string // one line, empty after success
}

// backoff is the delay after the given try, which counts from 1:
//
//	d = min(least * 2^(try-1), most), and of that between a half and all of it
//
// by the random number in [0, 1), so that messages that failed together do not
// come back together.
func backoff(try uint64, least, most time.Duration, random float64) time.Duration {
	delay := least
	for ; try > 1 && delay < most; try-- {
		delay *= 2
	}
	delay = min(delay, most)
	return delay/2 + time.Duration(random*float64(delay/2))
}

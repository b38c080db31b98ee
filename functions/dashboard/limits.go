package dashboard

import (
	"net/http"
	"time"
)

// Places of strangers and of known callers, by kind of request. maxStreams and maxExports are
// those of strangers.
const (
	maxSmall, knownSmall     = 64, 32
	maxAnswers, knownAnswers = 6, 6
	maxChanges, knownChanges = 16, 8
	maxStreams, knownStreams = 100, 50
	// Each export holds up to 64 messages of the stream, about 7 MB with the default batch of
	// 100 functions.
	maxExports, knownExports = 2, 2
)

// retryAfter is the Retry-After of a refused request, in seconds.
const retryAfter = "5"

// limits are the places of all kinds of requests. Anyone may call a function, and max_inflight
// of of-watchdog counts all callers alike: strangers would keep the owner out.
type limits struct {
	// small: assets, the page to sign in, the session. They fit into the buffers of a connection.
	small *places
	// answers: pages and lists, written row by row.
	answers *places
	// changes: requests with a body. A short body arrives with its headers, so that a request
	// that waits for its body gives way without any patience.
	changes *places
	streams *places
	exports *places
}

// newLimits returns free places; stream is how long an event stream lasts.
func newLimits(stream time.Duration) limits {
	const busy = "too many requests at a time; a browser in which you have signed in has places of its own"
	return limits{
		small:   &places{strangers: maxSmall, known: knownSmall, longest: 10 * time.Second, status: http.StatusServiceUnavailable, refusal: busy},
		answers: &places{strangers: maxAnswers, known: knownAnswers, patience: time.Second, longest: time.Minute, status: http.StatusServiceUnavailable, refusal: busy},
		changes: &places{strangers: maxChanges, known: knownChanges, longest: 3 * controlTimeout, status: http.StatusServiceUnavailable, refusal: busy},
		streams: &places{strangers: maxStreams, known: knownStreams, patience: time.Second, longest: stream + statusPeriod, status: http.StatusServiceUnavailable, refusal: "too many pages are open"},
		exports: &places{
			strangers: maxExports, known: knownExports, patience: stall / 2, longest: 10 * time.Minute,
			status: http.StatusTooManyRequests, refusal: "at most 2 exports run at a time; try again in " + retryAfter + " s",
		},
	}
}

// within returns a handler that calls next with a place, or refuse if all are taken.
func (d *Dashboard) within(p *places, next func(*place, *http.Request), refuse http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one, ok := p.take(w, d.isKnown(r), time.Now())
		if !ok {
			w.Header().Set("Retry-After", retryAfter)
			refuse(w, r)
			return
		}
		defer p.leave(one) // also if the answer is cut off by a panic
		next(one, r)
	})
}

// bound is within for a handler that writes an answer, and refuses with an error.
func (d *Dashboard) bound(p *places, next http.Handler) http.Handler {
	return d.within(p, func(one *place, r *http.Request) { next.ServeHTTP(one, r) }, p.refuse)
}

// refuse answers a request for which there is no place.
func (p *places) refuse(w http.ResponseWriter, _ *http.Request) { refuse(w, p.status, p.refusal) }

// isKnown reports whether a caller has a session, a bearer token, or a cookie of a browser in
// which a user has signed in.
func (d *Dashboard) isKnown(r *http.Request) bool {
	if _, open := d.sessionOf(r); open || d.bearerOf(r) != nobody {
		return true
	}
	cookie, err := r.Cookie(deviceCookie)
	return err == nil && d.devices.valid(cookie.Value, d.now())
}

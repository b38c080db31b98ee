package serve

import (
	"net/http"
	"time"

	"prewarm/shared/event"
)

// CallerHeader is the header with the class of the caller: Delivery or Stranger. A
// FunctionHandler with a Door finds it in its Request, where the value of a client is
// overwritten. The answer has it too; for a stranger whose proof was not accepted, it is
// "stranger: " and the reason.
const CallerHeader = "X-Prewarm-Caller"

// Classes of callers.
const (
	Delivery = "delivery" // proves with its headers that it delivers a message
	Stranger = "stranger" // any other: calls of functions need no credentials
)

// Door is how a function receives its callers. Deliveries and strangers have places of their
// own: strangers that fill theirs, however slowly they send, delay no delivery.
//
// A function has a Door by a method Door() Door. Without one, only read_timeout and
// max_body_bytes bound its requests. Callers get
//
//	429 with Retry-After, before the body is read, if all places of their class are taken
//	408 if the body takes longer than stranger_body_timeout, or read_timeout for a delivery
//	413 if the body is too large
//	401 if the body of a delivery is not the one that its proof names
//
// The connection of a request whose body did not arrive to its end is closed.
type Door struct {
	// Proof reads the proof of a delivery from the headers. It returns nil without an error
	// if they have none. A nil Proof means that all callers are strangers.
	Proof func(http.Header) (*event.Proof, error)
	// StrangerBody bounds the body of a stranger to a path, in bytes. With 0, the body is
	// not read, and the request needs no place. A nil StrangerBody means max_body_bytes.
	StrangerBody func(path string) int64
	// Refused is called for each request that the function does not see. May be nil.
	Refused func(caller string, status int)
}

// Refusals returns the statuses with which Door.Refused is called.
func Refusals() []int {
	return []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestTimeout,
		http.StatusRequestEntityTooLarge, http.StatusTooManyRequests,
	}
}

// TopicHeader is the header in which connectors name the subject of a message. The proof
// covers it.
const TopicHeader = "X-Topic"

// Deliveries returns the Proof of a Door for a function that receives a type of messages, with
// its subject or that of a shard. Without keys there is none: all callers are strangers.
func Deliveries(keys event.Keys, typ string, now func() time.Time) func(http.Header) (*event.Proof, error) {
	if keys.None() {
		return nil
	}
	return func(h http.Header) (*event.Proof, error) {
		value := h.Get(event.DeliveryHeader)
		if value == "" {
			return nil, nil
		}
		subject := h.Get(TopicHeader)
		if event.TypeOf(subject) != typ {
			subject = typ
		}
		proof, err := event.CheckDelivery(keys, subject, value, now())
		if err != nil {
			return nil, err
		}
		return &proof, nil
	}
}

// Caller returns the class of the caller of a request. A request that did not come through
// a Door is a stranger's.
func Caller(h http.Header) string {
	if h.Get(CallerHeader) == Delivery {
		return Delivery
	}
	return Stranger
}

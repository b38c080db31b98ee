// Package demand reads the calls that are there now: those in flight, and those that wait in
// the queues of asynchronous calls. The windows of the collector know them once per step; this
// package is for what happens between two steps.
//
// There are two sources. The page of metrics of a gateway (Gateway) is as new as the moment in
// which it is read, and shows the calls of one gateway: of several, a lower bound. The store
// (Store) knows all gateways and the queue-workers, and is as old as their last scrapes.
//
// A call in flight has started and not ended: the difference of two counters. What is lost
// stays in the difference until its gateway restarts; Anchors tells it from what is there.
package demand

import "errors"

// ErrPage means that a page is not one of metrics in the text format, or was cut off.
var ErrPage = errors.New("demand: unreadable page of metrics")

// Reading is what a source shows at one time.
type Reading struct {
	// Process tells the gateways behind one address apart: the start of the process, in Unix
	// seconds. It is 0 if that is unknown, and of the store, which shows all of them.
	Process float64
	// InFlight has the calls that started and did not end, of each label function_name that
	// has some: 1 or more.
	InFlight map[string]int
}

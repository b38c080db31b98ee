package scaler

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// view is what one list of the gateway showed. It is never changed: all batches of a tick
// share it.
type view struct {
	number    uint64    // of the list, in the order in which lists begin, from 1
	taken     time.Time // when the gateway answered
	list      []openfaas.Function
	functions map[string]*openfaas.Function // entries of list by name
	memory    int64                         // median of a replica, 0 if it is unknown
}

// viewShare is the greatest age of a view that is decided on, as a share of the step.
//
// The batches of a tick come within a few seconds of each other. A decision that rests on
// replicas of a twentieth of a step ago is as good as one whose batch came that much later.
const viewShare = 20

// viewAge returns the greatest age of a view for decisions on forecasts, at most
// event.MaxViewAge: what calls wake and other controllers change in that time is not seen.
func viewAge(forecasts []*event.Forecast) time.Duration {
	age := event.MaxViewAge
	for _, f := range forecasts {
		age = min(age, time.Duration(f.StepSeconds)*time.Second/viewShare)
	}
	return age
}

// age returns the age of v, within the bounds of event.Inputs.ViewAge: a clock may be set
// at any time.
func (v *view) age(now time.Time) time.Duration {
	return min(max(0, now.Sub(v.taken)), event.MaxViewAge)
}

// within reports whether v is at most this old. A view from a clock that was ahead is not.
func (v *view) within(most time.Duration, now time.Time) bool {
	age := now.Sub(v.taken)
	return age >= 0 && age <= most
}

// views takes views of the gateway, one at a time. Callers that need one at the same time
// share it. It is safe for concurrent use.
type views struct {
	list  func(context.Context) ([]openfaas.Function, error) // asks the gateway
	now   func() time.Time
	taken func(*view)   // gets each view, in the order of their numbers
	mode  openfaas.Mode // of functions without an annotation

	group singleflight.Group
	mu    sync.Mutex
	begun uint64 // lists that have begun
	last  *view  // nil before the first
}

// lists returns how many lists have begun. A view whose number is greater begins later, and
// shows what was done before.
func (v *views) lists() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.begun
}

// get returns a view that is at most this old, and whose number is greater than after: the
// last one, or else a new one. A failing list is an error, and leaves the last view as it is.
func (v *views) get(ctx context.Context, after uint64, most time.Duration) (*view, error) {
	if last := v.newest(); last != nil && last.number > after && last.within(most, v.now()) {
		return last, nil
	}
	for {
		// The list does not end with the context of the caller that happens to begin it.
		answer := v.group.DoChan("", func() (any, error) { return v.take(context.WithoutCancel(ctx)) })
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case a := <-answer:
			if a.Err != nil {
				return nil, a.Err
			}
			if taken := a.Val.(*view); taken.number > after {
				return taken, nil
			}
		}
	}
}

// newest returns the last view, nil before the first.
func (v *views) newest() *view {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

// memory returns the median memory of a replica by the last view, 0 if it is unknown.
func (v *views) memory() int64 {
	if last := v.newest(); last != nil {
		return last.memory
	}
	return 0
}

// take lists the functions of the gateway.
func (v *views) take(ctx context.Context) (*view, error) {
	v.mu.Lock()
	v.begun++
	taken := &view{number: v.begun}
	v.mu.Unlock()
	list, err := v.list(ctx)
	if err != nil {
		return nil, err
	}
	taken.taken, taken.list, taken.memory = v.now(), list, openfaas.MedianMemory(list, v.mode)
	taken.functions = make(map[string]*openfaas.Function, len(list))
	for i := range list {
		taken.functions[list[i].Name] = &list[i]
	}
	v.taken(taken)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = taken
	return taken, nil
}

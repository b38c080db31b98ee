// Package workload is a function for demonstrations and tests. A call takes as long as
// its caller asks, and keeps a core busy for none, some or all of that time.
package workload

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/config"
)

// Headers of a call. A call without headers returns at once.
const (
	SecondsHeader = "X-Work-Seconds" // seconds of work, 0 to MaxSeconds; 0 by default
	KindHeader    = "X-Work-Kind"    // KindSleep, KindCPU or KindMixed; by default the key work_kind
)

// Kinds of work.
const (
	KindSleep = "sleep" // wait, as for another service
	KindCPU   = "cpu"   // keep one core busy
	KindMixed = "mixed" // keep one core busy for a share of the time, and wait for the rest
)

// MaxSeconds is the longest work that a caller may ask for.
const MaxSeconds = 30

// Workload is the function. It is safe for concurrent use.
type Workload struct {
	scale float64 // seconds of work per second asked for
	kind  string  // of a call without KindHeader
	share float64 // busy share of the time of KindMixed
}

// Result is the answer to a call, as JSON. Worked exceeds the scaled time on a loaded
// machine.
type Result struct {
	Asked  float64 `json:"asked_seconds"`
	Worked float64 `json:"worked_seconds"` // measured
	Kind   string  `json:"kind"`
}

// New reads work_scale (1; 0 to 1; below 1 for experiments in accelerated time),
// work_kind (sleep; or cpu, mixed) and work_cpu_share (0.05; 0 to 1; of mixed work).
func New(_ context.Context, getenv func(string) string) (*Workload, error) {
	r := config.NewReader(getenv)
	w := &Workload{
		scale: r.Float("work_scale", 1, 0, 1), kind: r.OneOf("work_kind", KindSleep, KindCPU, KindMixed),
		share: r.Float("work_cpu_share", 0.05, 0, 1),
	}
	return w, r.Err()
}

// Handle works for the seconds that the call asks for, times the scale. It ends early
// with 503 if the caller disconnects.
func (w *Workload) Handle(req handler.Request) (handler.Response, error) {
	asked, kind, err := w.parse(req.Header)
	if err != nil {
		return handler.Response{StatusCode: http.StatusBadRequest, Body: []byte(err.Error())}, nil
	}
	begin := time.Now()
	err = work(req.Context(), w.busyShare(kind), time.Duration(asked*w.scale*float64(time.Second)))
	if err != nil {
		return handler.Response{StatusCode: http.StatusServiceUnavailable, Body: []byte(err.Error())}, nil
	}
	body, err := json.Marshal(Result{Asked: asked, Worked: time.Since(begin).Seconds(), Kind: kind})
	return handler.Response{Body: body, Header: http.Header{"Content-Type": {"application/json"}}}, err
}

// parse reads and validates the headers of a call.
func (w *Workload) parse(h http.Header) (seconds float64, kind string, err error) {
	if v := h.Get(SecondsHeader); v != "" {
		seconds, err = strconv.ParseFloat(v, 64)
		if err != nil || !(seconds >= 0 && seconds <= MaxSeconds) { // such that NaN is out of bounds
			return 0, "", fmt.Errorf("%s must be a number between 0 and %d, was: %.40q", SecondsHeader, MaxSeconds, v)
		}
	}
	kind = cmp.Or(h.Get(KindHeader), w.kind)
	if kind != KindSleep && kind != KindCPU && kind != KindMixed {
		return 0, "", fmt.Errorf("%s must be %s, %s or %s, was: %.40q", KindHeader, KindSleep, KindCPU, KindMixed, kind)
	}
	return seconds, kind, nil
}

// busyShare returns the share of the time in which a kind of work keeps a core busy.
func (w *Workload) busyShare(kind string) float64 {
	switch kind {
	case KindCPU:
		return 1
	case KindMixed:
		return w.share
	}
	return 0
}

var (
	errDone = errors.New("work is done")
	errGone = errors.New("the caller has disconnected")
)

// work returns after d. It keeps a core busy for the first part of d. The error is
// errGone if ctx ends before.
func work(ctx context.Context, busyShare float64, d time.Duration) error {
	// The cause distinguishes the end of the work from the end of the caller.
	ctx, cancel := context.WithTimeoutCause(ctx, d, errDone)
	defer cancel()
	if busyShare > 0 {
		burn(ctx, time.Duration(busyShare*float64(d)))
	}
	<-ctx.Done()
	if context.Cause(ctx) == errDone {
		return nil
	}
	return errGone
}

// burn computes hashes until it has used d of CPU time or ctx ends. It measures CPU time
// and not elapsed time, so that a call does the same work on a loaded machine as on an
// idle one.
func burn(ctx context.Context, d time.Duration) {
	runtime.LockOSThread() // threadTime is the time of one thread
	defer runtime.UnlockOSThread()
	var block [4096]byte // small, so that the clock is read often
	for begin := threadTime(); ctx.Err() == nil && threadTime()-begin < d; {
		sum := sha256.Sum256(block[:])
		copy(block[:], sum[:])
	}
}

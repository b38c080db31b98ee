package scaler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"prewarm/shared/openfaas"
)

// maxReadBacks is how often the gateway is asked for an applied number: its answer may
// come from a cache that lags behind.
const maxReadBacks = 4

// readBackGrowth is the factor from one wait for the gateway to the next. The first is a tenth
// of Config.ReadinessPoll: an informer of Kubernetes usually lags by milliseconds. All of them
// take three times that poll, which few caches exceed.
const readBackGrowth = 5

// readBack fills in the observed replicas of the actions that were applied, while other
// batches go on. Observed stays -1 if the gateway does not answer; the next view shows the
// number again.
func (s *Scaler) readBack(ctx context.Context, actions []*action) {
	left := slices.DeleteFunc(slices.Clone(actions), func(a *action) bool { return !a.call || a.err != nil })
	wait := s.cfg.ReadinessPoll / 10
	for try := 1; len(left) > 0; try++ {
		if err := s.observe(ctx, left); err != nil {
			s.log.Warn("applied replicas cannot be read back", "error", err)
			return
		}
		// From the last answer only: a difference in an earlier one may be the lag of a cache.
		left = slices.DeleteFunc(left, func(a *action) bool { return a.Observed == a.target })
		if try == maxReadBacks || len(left) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			wait *= readBackGrowth
		}
	}
}

// observe asks the gateway for the functions of some actions.
func (s *Scaler) observe(ctx context.Context, actions []*action) error {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = a.Function
	}
	read, err := s.read(ctx, names)
	s.ready.note(read, s.now())
	replicas := make(map[string]int, len(read))
	for i := range read {
		replicas[read[i].Name] = read[i].Replicas
	}
	for _, a := range actions {
		if n, ok := replicas[a.Function]; ok {
			a.Observed = n
		}
	}
	return err
}

// listShare is how many functions a list shows in the time in which the gateway answers for
// one of them, within a factor of two.
const listShare = 16

// read returns the named functions as the gateway shows them at present, without those that
// are not deployed: one by one, or from a new view if that costs less. With an error, some may
// be missing.
func (s *Scaler) read(ctx context.Context, names []string) ([]openfaas.Function, error) {
	if last := s.views.newest(); last == nil || len(names)*listShare > len(last.list) {
		return s.readView(ctx, names)
	}
	var mu sync.Mutex
	var out []openfaas.Function
	var group errgroup.Group
	group.SetLimit(maxCalls)
	for _, name := range names {
		group.Go(func() error {
			var fn openfaas.Function
			err := s.calls.do(ctx, func() (err error) {
				fn, err = s.gateway.Function(ctx, name)
				return err
			})
			if errors.Is(err, openfaas.ErrNotFound) {
				return nil
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				out = append(out, fn)
			}
			return err
		})
	}
	err := group.Wait()
	return out, err
}

// readView is read from a view that is taken from now on.
func (s *Scaler) readView(ctx context.Context, names []string) ([]openfaas.Function, error) {
	seen, err := s.views.get(ctx, s.views.lists(), 0)
	if err != nil {
		return nil, err
	}
	var out []openfaas.Function
	for _, name := range names {
		if fn, ok := seen.functions[name]; ok {
			out = append(out, *fn)
		}
	}
	return out, nil
}

// slots bound the calls of the gateway that run at the same time, over all batches. Those
// that wait come in the order in which they came.
type slots chan struct{}

// do makes a call when there is room, or returns the error of ctx.
func (s slots) do(ctx context.Context, call func() error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case s <- struct{}{}:
		defer func() { <-s }()
		return call()
	}
}

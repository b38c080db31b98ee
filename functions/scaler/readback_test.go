package scaler

import (
	"context"
	"testing"

	"prewarm/shared/openfaas"
)

// lagging is a gateway that lists the replicas from before a scale call for a while, as one
// that reads from a cache of the cluster does.
type lagging struct {
	*world
	lists  int            // number of lists that lag after a call
	left   int            // of them
	before map[string]int // replicas before the call
}

func (l *lagging) Scale(ctx context.Context, name string, n int) error {
	if l.left == 0 {
		l.before = map[string]int{}
	}
	l.left = l.lists
	l.before[name] = l.functions[name].Replicas
	return l.world.Scale(ctx, name, n)
}

func (l *lagging) List(ctx context.Context) ([]openfaas.Function, error) {
	list, err := l.world.List(ctx)
	if l.left == 0 {
		return list, err
	}
	l.left--
	for i := range list {
		if n, ok := l.before[list[i].Name]; ok {
			list[i].Replicas = n
		}
	}
	return list, err
}

// Function lags as List does.
func (l *lagging) Function(ctx context.Context, name string) (openfaas.Function, error) {
	f, err := l.world.Function(ctx, name)
	if l.left == 0 {
		return f, err
	}
	l.left--
	if n, ok := l.before[name]; ok {
		f.Replicas = n
	}
	return f, err
}

func TestAListThatLagsIsNoLimit(t *testing.T) {
	for _, lists := range []int{1, 100} {
		w := newWorld(t, openfaas.ModeActive)
		l := &lagging{world: w, lists: lists}
		w.scaler.gateway = l
		for _, n := range []int32{2, 0, 0, 2, 0, 0, 2, 9} {
			w.post(w.seal(w.forecast(name, n)), 200)
			w.tick()
			l.left = 0
		}
		w.expectCalls(name+"=2", name+"=1", name+"=0", name+"=2", name+"=1", name+"=0", name+"=2", name+"=9")
		if d := w.last(); lists == 1 && d.Observed != 9 {
			t.Errorf("%d replicas were observed, want 9: the list is asked again", d.Observed)
		}
	}
}

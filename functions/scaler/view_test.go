package scaler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// counted counts the requests to a gateway.
type counted struct {
	*world
	lists int
	reads []string // functions that were read one by one
}

func (c *counted) List(ctx context.Context) ([]openfaas.Function, error) {
	c.mu.Lock()
	c.lists++
	c.mu.Unlock()
	return c.world.List(ctx)
}

func (c *counted) Function(ctx context.Context, name string) (openfaas.Function, error) {
	c.mu.Lock()
	c.reads = append(c.reads, name)
	c.mu.Unlock()
	return c.world.Function(ctx, name)
}

// town returns a world with n functions more, and its gateway.
func town(t *testing.T, n int) (*world, *counted) {
	w := newWorld(t, openfaas.ModeActive)
	for i := range n {
		w.deploy(fmt.Sprintf("f%03d.openfaas-fn", i), 0, openfaas.ModeActive)
	}
	c := &counted{world: w}
	w.scaler.gateway = c
	return w, c
}

// All batches of a tick rest on one list, in which the first function is scaled; only that one
// is read back. The next tick lists again.
func TestTheBatchesOfATickShareOneView(t *testing.T) {
	w, c := town(t, 100)
	for tick := range 3 {
		w.tick()
		for i := range 10 {
			calls := int32(0)
			if i == 0 {
				calls = int32(1 + tick%2)
			}
			w.post(w.seal(w.forecast(fmt.Sprintf("f%03d.openfaas-fn", i), calls)), 200)
			w.now = w.now.Add(100 * time.Millisecond)
			if age := w.last().Inputs.ViewAge; age != float64(i)/10 {
				t.Errorf("batch %d states that the view was %v s old", i, age)
			}
		}
	}
	first := "f000.openfaas-fn"
	if c.lists != 3 || !slices.Equal(c.reads, []string{first, first, first}) {
		t.Errorf("%d lists in 3 ticks, read one by one: %v", c.lists, c.reads)
	}
}

// A step of a minute: 3 s. A step of ten seconds: half a second.
func TestAViewThatIsOldIsNotDecidedOn(t *testing.T) {
	for seconds, most := range map[int]time.Duration{60: 3 * time.Second, 10: 500 * time.Millisecond, 3600: event.MaxViewAge} {
		w, c := town(t, 2)
		for i, wait := range []time.Duration{0, most, time.Millisecond} {
			w.now = w.now.Add(wait)
			f := w.forecast(fmt.Sprintf("f%03d.openfaas-fn", i), 0)
			if i == 2 {
				f.Function = name
			}
			f.StepSeconds, f.Origin = seconds, w.now.Unix()/int64(seconds)*int64(seconds)
			w.post(w.seal(f), 200)
		}
		if c.lists != 2 || w.last().Inputs.ViewAge != 0 {
			t.Errorf("a step of %d s: %d lists", seconds, c.lists)
		}
	}
}

// The call of one function fails. When its batch is delivered again, within a second, the
// decision rests on what the gateway shows after the call.
func TestADecisionRestsOnAViewAfterTheCallsBefore(t *testing.T) {
	w, _ := town(t, 0)
	body := w.seal(w.forecast(name, 3))
	w.gwErr = fmt.Errorf("%w", openfaas.ErrTimeout)
	w.post(body, 503)
	w.gwErr, w.functions[name].Replicas = nil, 3
	w.post(body, 200)
	w.expectCalls()
	if d := w.last(); d.Current != 3 {
		t.Errorf("got %+v", d)
	}
}

// A list fails. What needs a new one is not decided; the last view serves others.
func TestAfterAFailingListTheLastViewStaysUsable(t *testing.T) {
	w, _ := town(t, 2)
	body := w.seal(w.forecast(name, 2))
	w.gwErr = openfaas.ErrUnavailable
	w.post(body, 503)
	w.gwErr, w.listErr = nil, openfaas.ErrUnavailable
	w.post(body, 503)
	w.post(w.seal(w.forecast("f000.openfaas-fn", 1)), 200)
	w.now = w.now.Add(3*time.Second + 1)
	w.post(w.seal(w.forecast("f001.openfaas-fn", 1)), 503)
	w.expectCalls("f000.openfaas-fn=1")
}

// A clock was ahead when the view was taken. It seems to be from later.
func TestAViewThatIsDatedAheadIsNotDecidedOn(t *testing.T) {
	w, c := town(t, 1)
	w.now = w.now.Add(time.Hour)
	w.post(w.seal(w.forecast(name, 0)), 200)
	w.now = w.now.Add(-time.Hour)
	w.post(w.seal(w.forecast("f000.openfaas-fn", 0)), 200)
	if c.lists != 2 {
		t.Errorf("%d lists", c.lists)
	}
}

// Many callers need a view while one is taken. The one that began it goes away, and the others
// get it all the same; one that knows of a later call gets the next.
func TestConcurrentCallersShareAList(t *testing.T) { synctest.Test(t, concurrentCallers) }

func concurrentCallers(t *testing.T) {
	begun := 0
	v := &views{now: time.Now, taken: func(*view) {}, list: func(ctx context.Context) ([]openfaas.Function, error) {
		begun++
		time.Sleep(time.Second)
		return []openfaas.Function{{Name: name, Replicas: begun}}, ctx.Err()
	}}
	leaving, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := v.get(leaving, 0, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	synctest.Wait()
	leave()
	for after := range uint64(2) {
		for range 20 {
			group.Go(func() {
				got, err := v.get(t.Context(), after, time.Minute)
				if err != nil || got.number <= after || got.functions[name].Replicas != int(got.number) {
					t.Errorf("after %d: got %+v, %v", after, got, err)
				}
			})
		}
	}
	group.Wait()
	if begun != 2 {
		t.Errorf("%d lists, want two", begun)
	}
}

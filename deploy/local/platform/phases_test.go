package platform_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/witness"
	"prewarm/shared/openfaas"
)

// stage is a world in which functions are called by their habits, and a witness of it.
type stage struct {
	*world
	step    time.Duration
	habits  []habit
	witness witness.Record
	late    atomic.Int64 // by how many nanoseconds a call was late at most
	client  http.Client
}

const keepAliveSteps = 10

// TestTheSavingsPageShowsWhatHappened compares the cold starts and the idle time on the
// savings page with a count from the calls and the replicas themselves.
//
// If the machine is late by more than the calls keep away from the borders of steps, it is
// not known what should happen. The steps are longer then, which takes three minutes.
func TestTheSavingsPageShowsWhatHappened(t *testing.T) {
	for _, step := range []time.Duration{2 * time.Second, 4 * time.Second} {
		var late time.Duration
		t.Run(step.String(), func(t *testing.T) { late = showsWhatHappened(t, step) })
		if late <= step/borderShare {
			return
		}
		t.Logf("steps of %v: this machine was late by %v", step, late)
	}
	t.Skip("this machine is too late to know what should happen")
}

// showsWhatHappened returns by how much the machine was late. It compares nothing if that is
// too much.
func showsWhatHappened(t *testing.T, step time.Duration) (late time.Duration) {
	s := newStage(t, step)
	until(t, "every function is compared", func() bool {
		pages := s.pages()
		return !slices.ContainsFunc(s.habits, func(h habit) bool { return pages[label(h.name)].Steps == 0 })
	})
	s.witness.Late() // forgets how late it was while the platform started
	begin := time.Now().Truncate(s.step).Add(2 * s.step)
	const steps = 30
	if late = s.play(begin, steps); late > step/borderShare {
		return late
	}
	for _, h := range s.habits {
		s.compare(h, begin.Add(steps*s.step))
	}
	return late
}

// newStage starts a platform, deploys a function for each habit, and begins to record. Calls and
// decisions keep away from the borders of steps. The watch of the scaler is off: it adds replicas
// at any time, and lists of the gateway cannot tell on which side of a border they came.
func newStage(t *testing.T, step time.Duration) *stage {
	s := &stage{world: startWith(t, platform.Options{Edition: gateway.Standard, Step: step, NoControllers: true, Env: map[string]string{"readiness_default": "200ms", "readiness_poll": "20ms", "cost_ratio": "0.2", "watch": "0s"}}), step: step, habits: habits()}
	s.client.Transport = s.witness.Transport(http.DefaultTransport)
	image, err := s.Image("workload")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range s.habits {
		labels := map[string]string{"com.openfaas.scale.zero": "true", "com.openfaas.scale.zero-duration": "1h", "com.openfaas.scale.min": "0"}
		annotations := map[string]string{"prewarm.mode": "active", "com.openfaas.health.http.path": "/_/health"}
		s.put(types.FunctionDeployment{Service: h.name, Image: image, Labels: &labels, Annotations: &annotations})
	}
	client, err := openfaas.New(openfaas.Config{URL: s.GatewayURL(), User: s.User(), Password: s.Password(), Namespaces: []string{gateway.Namespace}, Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { s.witness.Watch(ctx, client, step/80) })
	t.Cleanup(func() { stop(); watching.Wait() })
	return s
}

// play calls every function by its habit for some steps, and waits for the last call. It
// returns by how much the machine was late, and ends early if that is too much.
func (s *stage) play(begin time.Time, steps int) (late time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var calls sync.WaitGroup
	for _, h := range s.habits {
		for step := 0; step < steps; step += h.every {
			due := begin.Add(time.Duration((float64(step) + h.begin) * float64(s.step)))
			for range h.calls {
				calls.Go(func() { s.visit(ctx, h, due) })
			}
		}
	}
	for end := begin.Add(time.Duration(steps) * s.step); time.Now().Before(end) && late <= s.step/borderShare; {
		time.Sleep(s.step / 10)
		late = max(late, time.Duration(s.late.Load()), s.witness.Late())
	}
	if late > s.step/borderShare {
		stop()
	}
	calls.Wait()
	return late
}

// visit makes one call when it is due, unless ctx ends before.
func (s *stage) visit(ctx context.Context, h habit, due time.Time) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(time.Until(due)):
	}
	for late, most := int64(time.Since(due)), s.late.Load(); late > most && !s.late.CompareAndSwap(most, late); {
		most = s.late.Load()
	}
	request, err := http.NewRequest(http.MethodPost, s.GatewayURL()+"/function/"+h.name, strings.NewReader(""))
	if err != nil {
		s.t.Error(err)
		return
	}
	request.Header.Set("X-Work-Seconds", fmt.Sprint(h.work*s.step.Seconds()))
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		s.t.Errorf("%s answered %s, %v", h.name, response.Status, err)
	}
}

func (s *stage) pages() map[string]witness.Page {
	s.t.Helper()
	pages, err := witness.ReadPage(context.Background(), s.GatewayURL()+"/function/dashboard")
	if err != nil {
		s.t.Fatal(err)
	}
	return pages
}

// compare compares the page of one function with the count of the same steps.
func (s *stage) compare(h habit, end time.Time) {
	s.t.Helper()
	var c *witness.Comparison
	until(s.t, h.name+" is compared up to the end", func() bool {
		var err error
		c, err = s.witness.Compare(context.Background(), s.terms(), label(h.name), end)
		if err != nil && !errors.Is(err, witness.ErrUnsettled) {
			s.t.Fatal(err)
		}
		return err == nil
	})
	s.t.Logf("%-8s at %.3f of a step: page %+v, count %+v", h.name, h.begin, c.Page, c.Count)
	if !c.Agree() {
		s.t.Errorf("%s: the page is wrong\n%v", h.name, c)
	}
}

func (s *stage) terms() witness.Terms {
	return witness.Terms{Dashboard: s.GatewayURL() + "/function/dashboard", Step: s.step, KeepAlive: keepAliveSteps, Concurrency: 1}
}

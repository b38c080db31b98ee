package scaler

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/openfaas"
)

// slow is a gateway whose function has a ready replica from a time on.
type slow struct {
	ready time.Time
	polls int
}

func (s *slow) read(context.Context, []string) ([]openfaas.Function, error) {
	s.polls++
	f := openfaas.Function{Name: name, Replicas: 1}
	if !time.Now().Before(s.ready) {
		f.Available = 1
	}
	return []openfaas.Function{f}, nil
}

// Polls grow from 250 ms to a tenth of the time waited and 5 s: about ten per factor e, then
// one each five seconds.
func TestPollsOfReplicasThatStartBackOff(t *testing.T) {
	for start, most := range map[time.Duration]int{time.Second: 4, 20 * time.Second: 10 + 24, 4 * time.Minute: 10 + 33 + 40} {
		synctest.Test(t, func(t *testing.T) {
			gw := &slow{ready: time.Now().Add(start)}
			starts := newStartTimes(Config{ReadinessPoll: 250 * time.Millisecond}, time.Now, testLog(), &readyLog{})
			ctx, cancel := context.WithCancel(t.Context())
			go starts.run(ctx, gw.read)
			starts.begin(name, 1, 0)
			time.Sleep(start + maxPoll)
			got, measured := starts.p90(name)
			if late := got - start; !measured || late < 0 || late > max(start/9, 250*time.Millisecond) {
				t.Errorf("a start of %v was measured as %v", start, got)
			}
			if gw.polls > most {
				t.Errorf("a start of %v took %d polls, want %d at most", start, gw.polls, most)
			}
			cancel()
			synctest.Wait()
		})
	}
}

// A second function is scaled up while the polls of the first are five seconds apart.
func TestAYoungScaleUpIsPolledOftenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gw := &slow{ready: time.Now().Add(2*time.Minute + time.Second)}
		starts := newStartTimes(Config{ReadinessPoll: 250 * time.Millisecond}, time.Now, testLog(), &readyLog{})
		ctx, cancel := context.WithCancel(t.Context())
		go starts.run(ctx, gw.read)
		starts.begin("other.openfaas-fn", 1, 0)
		time.Sleep(2 * time.Minute)
		starts.begin(name, 1, 0)
		time.Sleep(10 * time.Second)
		if got, _ := starts.p90(name); got < time.Second || got > 1250*time.Millisecond {
			t.Errorf("a start of a second was measured as %v", got)
		}
		cancel()
		synctest.Wait()
	})
}

// A pod waits for a node for four minutes; its image starts in five seconds.
func TestAWaitForRoomIsNoStartTime(t *testing.T) {
	for _, c := range []struct {
		story    string
		restored time.Duration
		samples  []float64
		want     time.Duration
	}{
		{"the only sample counts, nothing else is known", 0, []float64{240}, 240 * time.Second},
		{"until the second shows that it was unusual", 0, []float64{240, 5}, 5 * time.Second},
		{"before the restart it took five seconds", 5 * time.Second, []float64{240}, 5 * time.Second},
		{"one among usual ones", 0, []float64{4, 6, 240, 5}, 6 * time.Second},
		{"four times the median still counts", 0, []float64{5, 5, 20}, 20 * time.Second},
		{"a new image really starts slowly", 0, []float64{5, 5, 60, 60, 60}, 60 * time.Second},
		{"within a few polls nothing is unusual", 0, []float64{0.01, 0.01, 0.9}, 900 * time.Millisecond},
	} {
		starts := newStartTimes(Config{ReadinessPoll: 250 * time.Millisecond, Readiness: time.Hour}, time.Now, testLog(), &readyLog{})
		starts.samples[name] = c.samples
		if c.restored > 0 {
			starts.restored[name] = c.restored
		}
		if got, measured := starts.p90(name); got != c.want || !measured {
			t.Errorf("%s: got %v, want %v", c.story, got, c.want)
		}
	}
}

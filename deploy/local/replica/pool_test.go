package replica

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

func TestProcessesFollowTheDesiredCount(t *testing.T) {
	f := newFixture(t, nil)

	f.SetDesired(3)
	f.awaitReady(3)
	pids := map[string]bool{}
	for range 3 {
		lease := f.acquire()
		pids[get(t, lease.Address, "/pid")] = true
		lease.Release()
	}
	if len(pids) != 3 {
		t.Errorf("three replicas must be three processes, got %d", len(pids))
	}

	f.SetDesired(1)
	f.awaitReady(1)
	testbed.Eventually(t, "two processes gone", func() bool {
		n := 0
		for pid := range pids {
			if running(pid) {
				n++
			}
		}
		return n == 1
	})
}

// TestTheLauncherKnowsEveryProcess follows one replica to its end: a replica that
// is removed still runs while it serves a request.
func TestTheLauncherKnowsEveryProcess(t *testing.T) {
	f := newFixture(t, nil)
	processes := f.cfg.Launcher.Processes
	if got := processes(); len(got) != 0 {
		t.Errorf("before the first start: %+v", got)
	}
	f.SetDesired(1)
	f.awaitReady(1)
	lease := f.acquire()
	want := get(t, lease.Address, "/pid")
	f.SetDesired(2)
	f.awaitReady(2)
	got := processes()
	if len(got) != 2 || fmt.Sprint(got[0].PID) != want || got[0].Function != "hello.openfaas-fn" {
		t.Errorf("got %+v, want process %s of hello.openfaas-fn and a younger one", got, want)
	}
	f.SetDesired(0)
	testbed.Eventually(t, "only the busy replica runs", func() bool {
		got := processes()
		return len(got) == 1 && fmt.Sprint(got[0].PID) == want
	})
	lease.Release()
	testbed.Eventually(t, "no replica runs", func() bool { return len(processes()) == 0 })
}

func TestAReplicaHasItsEnvironmentAndNotThatOfThePlatform(t *testing.T) {
	t.Setenv("PLATFORM_CREDENTIAL", "hidden")
	secrets := t.TempDir()
	f := newFixture(t, func(s *Spec) {
		s.Env = map[string]string{"greeting": "hello", "handler_port": "1"}
		s.SecretsDir = secrets
	})
	lease := f.acquire()
	defer lease.Release()

	_, port, _ := strings.Cut(lease.Address, ":")
	for name, want := range map[string]string{
		"greeting": "hello", "handler_port": port, "host": "127.0.0.1", "bind": "127.0.0.1",
		"secrets_dir": secrets, "secret_mount_path": secrets,
		"OPENFAAS_NAME": "hello", "OPENFAAS_NAMESPACE": "openfaas-fn", "HOSTNAME": lease.Instance,
		"PLATFORM_CREDENTIAL": "",
	} {
		if got := get(t, lease.Address, "/env?name="+name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestRequestsGoRoundRobin(t *testing.T) {
	f := newFixture(t, nil)
	f.SetDesired(3)
	f.awaitReady(3)

	var order []string
	for range 6 {
		lease := f.acquire()
		order = append(order, lease.Instance)
		lease.Release()
	}
	for i := range 3 {
		if order[i] != order[i+3] || order[i] == order[(i+1)%3] {
			t.Fatalf("not round robin: %v", order)
		}
	}
}

func TestTheFirstRequestScalesUpFromZeroAndIsAColdStart(t *testing.T) {
	changed := make(chan struct{}, 10)
	f := newFixtureWith(t, func(s *Spec) { s.Wake = 2 }, Config{Changed: func() { changed <- struct{}{} }})

	// At zero replicas the request waits, and the lease has the duration of the wait.
	cold := f.acquire()
	if !cold.ColdStart || cold.ColdWait <= 0 || cold.Queued {
		t.Errorf("want a cold start, got %+v", cold)
	}
	<-changed
	if got := f.Stats().Desired; got != 2 {
		t.Errorf("want 2 replicas woken, got %d", got)
	}
	cold.Release()

	// Now a replica is ready: no wait.
	warm := f.acquire()
	if warm.ColdStart || warm.ColdWait != 0 || warm.Queued || warm.QueueWait != 0 {
		t.Errorf("want no wait, got %+v", warm)
	}
	warm.Release()
}

func TestTheSimulatedStartDelayDelaysReadiness(t *testing.T) {
	const delay = 300 * time.Millisecond
	f := newFixture(t, func(s *Spec) { s.SimulatedStartDelay = delay })
	lease := f.acquire()
	lease.Release()
	if lease.ColdWait < delay {
		t.Errorf("waited %s, less than the simulated delay %s", lease.ColdWait, delay)
	}
}

func TestConcurrencyLimitQueuesRequests(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.MaxInflight = 2 })
	f.SetDesired(1)
	f.awaitReady(1)

	first, second := f.acquire(), f.acquire()
	third := make(chan *Lease)
	go func() { third <- f.acquire() }()
	testbed.Eventually(t, "the third request waits", func() bool { return f.Stats().Waiting == 1 })
	if got := f.Stats().Inflight; got != 2 {
		t.Errorf("want 2 in flight, got %d", got)
	}

	first.Release()
	lease := <-third
	if !lease.Queued || lease.QueueWait <= 0 || lease.ColdStart {
		t.Errorf("want a queued request, got %+v", lease)
	}
	lease.Release()
	second.Release()
}

func TestWaitingRequestGivesUp(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.SimulatedStartDelay = time.Hour })
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error)
	go func() { _, err := f.Acquire(ctx); failed <- err }()
	testbed.Eventually(t, "the request waits", func() bool { return f.Stats().Waiting == 1 })

	// Scaling to zero under a waiting request does not leave it waiting forever.
	if got := f.SetDesired(0); got != 1 {
		t.Errorf("want the replica kept for the waiting request, got %d", got)
	}

	cancel()
	err := <-failed
	var wait *WaitError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &wait) || !wait.ColdStart || wait.ColdWait <= 0 {
		t.Errorf("want a cancelled cold wait, got %#v", err)
	}
	if got := f.Stats().Waiting; got != 0 {
		t.Errorf("want no waiting request, got %d", got)
	}
}

func TestRemovedReplicaFinishesItsRequests(t *testing.T) {
	f := newFixture(t, nil)
	f.SetDesired(1)
	f.awaitReady(1)
	lease := f.acquire()
	answer := make(chan string)
	go func() {
		body, err := tryGet(lease.Address, "/sleep?for=400ms")
		answer <- fmt.Sprint(body, err)
	}()

	f.SetDesired(0)
	if got := f.Stats().Ready; got != 0 {
		t.Errorf("a replica being removed must take no requests, ready: %d", got)
	}
	if got := <-answer; got != "slept<nil>" {
		t.Errorf("the request was cut off: %s", got)
	}
	lease.Release()
	testbed.Eventually(t, "the replica is gone", func() bool { _, err := tryGet(lease.Address, "/pid"); return err != nil })
}

func TestTheGraceTimeBoundsTheDrain(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.Grace = 50 * time.Millisecond })
	lease := f.acquire()
	pid := get(t, lease.Address, "/pid")
	f.SetDesired(0) // the lease is never given back in time
	testbed.Eventually(t, "the process is gone", func() bool { return !running(pid) })
	lease.Release()
	if got := f.Stats().Inflight; got != 0 {
		t.Errorf("want 0 in flight, got %d", got)
	}
}

func TestCloseKillsReplicasThatDoNotEnd(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.Env = map[string]string{"ignore_sigterm": "true"} })
	lease := f.acquire()
	pids := []string{get(t, lease.Address, "/pid"), get(t, lease.Address, "/grandchild")}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, got %v", err)
	}
	for _, pid := range pids {
		testbed.Eventually(t, "process "+pid+" gone", func() bool { return !running(pid) })
	}
	if _, err := f.Acquire(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("want ErrClosed, got %v", err)
	}
}

// A request comes while the crashed replica is down. The replica becomes ready again only
// after it has come.
func TestCrashedReplicaRestartsWithBackoff(t *testing.T) {
	healthy := filepath.Join(t.TempDir(), "healthy")
	f := newFixture(t, func(s *Spec) { s.Env = map[string]string{"healthy_file": healthy} })
	create := func() {
		if err := os.WriteFile(healthy, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	create()
	lease := f.acquire()
	if err := os.Remove(healthy); err != nil {
		t.Fatal(err)
	}
	_, _ = tryGet(lease.Address, "/exit")
	lease.Reject() // as the gateway does when it cannot connect

	answer := make(chan *Lease)
	go func() { answer <- f.acquire() }()
	testbed.Eventually(t, "a request waits", func() bool { return f.Stats().Waiting == 1 })
	create()
	next := <-answer
	next.Release()
	if next.Instance == lease.Instance {
		t.Error("the crashed replica served again")
	}
	if !next.ColdStart || next.ColdWait <= 0 {
		t.Errorf("want a cold start, got %+v", next)
	}
	ended, restarted := f.logged("replica ended", 1), f.logged("started", 2)
	if pause := restarted.Sub(ended); pause < firstBackoff {
		t.Errorf("started again after %s, want at least %s", pause, firstBackoff)
	}
}

// logged returns the time of the n-th line of the log, from 1, that begins with text.
func (f fixture) logged(text string, n int) time.Time {
	f.t.Helper()
	var times []time.Time
	testbed.Eventually(f.t, fmt.Sprintf("line %d of %q", n, text), func() bool {
		times = nil
		for line := range f.Log().Query(context.Background(), LogQuery{}) {
			if strings.HasPrefix(line.Text, text) {
				times = append(times, line.Time)
			}
		}
		return len(times) >= n
	})
	return times[n-1]
}

func TestAReplicaThatNeverStartsIsRetriedAtGrowingDistances(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.Env = map[string]string{"crash_at_start": "true"} })
	f.SetDesired(1)
	first, second, third := f.logged("started", 1), f.logged("started", 2), f.logged("started", 3)
	if one, two := second.Sub(first), third.Sub(second); one < firstBackoff || two < 2*firstBackoff {
		t.Errorf("restarts after %s and %s, want at least %s and %s", one, two, firstBackoff, 2*firstBackoff)
	}
}

func TestMissingProgramIsReportedInTheLog(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.Path = "/nonexistent/program" })
	f.SetDesired(1)
	testbed.Eventually(t, "the log has the reason", func() bool {
		for line := range f.Log().Query(context.Background(), LogQuery{}) {
			if strings.Contains(line.Text, "/nonexistent/program") {
				return true
			}
		}
		return false
	})
}

func TestRejectedReplicaIsProbedAgain(t *testing.T) {
	f := newFixture(t, nil)
	lease := f.acquire()
	lease.Reject()
	if got := f.Stats(); got.Inflight != 0 {
		t.Errorf("want 0 in flight, got %+v", got)
	}
	again := f.acquire()
	defer again.Release()
	if again.Instance != lease.Instance {
		t.Errorf("a healthy replica must be leased again, got %s for %s", again.Instance, lease.Instance)
	}
}

func TestUpdateReplacesReplicasWithoutAGap(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.Env = map[string]string{"version": "1"} })
	f.SetDesired(2)
	f.awaitReady(2)

	f.Update(Spec{Function: "hello", Path: testFunction, Env: map[string]string{"version": "2"}})
	testbed.Eventually(t, "only the new version answers", func() bool {
		versions := map[string]bool{}
		for range 2 {
			lease := f.acquire()
			if lease.ColdStart {
				t.Fatal("a request found no replica during the update")
			}
			versions[get(t, lease.Address, "/env?name=version")] = true
			lease.Release()
		}
		return len(versions) == 1 && versions["2"]
	})
	f.awaitReady(2)
}

func TestUpdateToABrokenProgramKeepsTheOldReplica(t *testing.T) {
	f := newFixture(t, nil)
	f.SetDesired(1)
	f.awaitReady(1)
	f.Update(Spec{Function: "hello", Path: testFunction, Env: map[string]string{"crash_at_start": "true"}})
	testbed.Eventually(t, "the new one failed", func() bool {
		for line := range f.Log().Query(context.Background(), LogQuery{}) {
			if strings.HasPrefix(line.Text, "replica ended") {
				if !strings.Contains(line.Text, "exit status 3; last error line: crashing as told") {
					t.Errorf("no reason in: %s", line.Text)
				}
				return true
			}
		}
		return false
	})
	lease := f.acquire()
	defer lease.Release()
	if lease.ColdStart {
		t.Error("the old replica no longer serves")
	}
}

func TestReplicaSecondsAreExact(t *testing.T) {
	clock := newClock()
	f := newFixtureWith(t, nil, Config{Now: clock.now})
	f.SetDesired(2)
	f.awaitReady(2)
	expect := func(ready, busy float64) {
		t.Helper()
		got := f.Stats()
		if got.ReadySeconds != ready || got.BusySeconds != busy {
			t.Errorf("got %g ready and %g busy, want %g and %g", got.ReadySeconds, got.BusySeconds, ready, busy)
		}
	}

	clock.advance(10 * time.Second) // two ready, none busy
	expect(20, 0)

	a, b, c := f.acquire(), f.acquire(), f.acquire() // one replica serves two
	clock.advance(3 * time.Second)
	expect(26, 6)

	a.Release()
	b.Release()
	clock.advance(time.Second) // the one that serves c
	expect(28, 7)

	f.SetDesired(0) // it is drained, the other one is gone
	clock.advance(2 * time.Second)
	expect(30, 9)

	c.Release()
	clock.advance(time.Minute)
	expect(30, 9)
}

// clock is a clock that only the test advances.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestNoReplicaOutlivesAKilledPlatform(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "TEST_PLATFORM_FUNCTION="+testFunction)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	pids := []string{readLine(t, reader), readLine(t, reader)}
	for _, pid := range pids {
		if !running(pid) {
			t.Fatalf("process %s does not run", pid)
		}
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range pids {
		testbed.Eventually(t, "process "+pid+" gone", func() bool { return !running(pid) })
	}
}

func TestManyRequestsWhileScaling(t *testing.T) {
	f := newFixture(t, func(s *Spec) { s.MaxInflight = 3 })
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 20 {
				lease := f.acquire()
				if got, err := tryGet(lease.Address, "/instance"); err != nil || got != lease.Instance {
					t.Errorf("got %q, %v from %s", got, err, lease.Instance)
				}
				lease.Release()
			}
		})
	}
	for i := range 12 {
		f.SetDesired(i%4 + 1)
		time.Sleep(5 * time.Millisecond) // spreads the changes over the requests
	}
	callers.Wait()
	if got := f.Stats(); got.Inflight != 0 || got.Waiting != 0 || got.BusySeconds > got.ReadySeconds {
		t.Errorf("after all requests: %+v", got)
	}
}

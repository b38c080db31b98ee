//go:build unix

package replica

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

// awaitEnd waits until the log of the platform says that a replica has ended for a cause.
func (f fixture) awaitEnd(cause string) {
	f.t.Helper()
	testbed.Eventually(f.t, "a replica ends: "+cause, func() bool {
		lines, _, _ := f.log.read(0)
		return slices.ContainsFunc(lines, func(l Line) bool { return l.Instance == "platform" && strings.Contains(l.Text, cause) })
	})
}

func TestAReplicaAboveItsLimitOfMemoryIsKilledAndStartedAgain(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the memory of processes is read as Linux shows it")
	}
	f := newFixture(t, func(s *Spec) { s.MemoryLimit = 100 << 20 })
	f.SetDesired(1)
	f.awaitReady(1)
	lease := f.acquire()
	first := get(t, lease.Address, "/pid")
	if body := get(t, lease.Address, fmt.Sprint("/allocate?bytes=", 20<<20)); body != "allocated" { // within the limit
		t.Fatal(body)
	}
	_, _ = tryGet(lease.Address, fmt.Sprint("/allocate?bytes=", 200<<20))
	f.awaitEnd("OOMKilled: the limit of memory is 104857600 bytes")
	lease.Release()
	f.awaitReady(1)
	lease = f.acquire()
	defer lease.Release()
	if second := get(t, lease.Address, "/pid"); second == first || running(first) {
		t.Errorf("process %s still runs", first)
	}
}

func TestAReplicaThatIsNotHealthyIsStartedAgain(t *testing.T) {
	healthy := filepath.Join(t.TempDir(), "healthy")
	write := func() {
		if err := os.WriteFile(healthy, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	f := newFixture(t, func(s *Spec) {
		s.Env = map[string]string{"healthy_file": healthy}
		s.LivenessPeriod = 10 * time.Millisecond
	})
	f.SetDesired(1)
	f.awaitReady(1)
	if err := os.Remove(healthy); err != nil {
		t.Fatal(err)
	}
	f.awaitEnd("no 2xx from /_/health in 3 probes, one every 10ms")
	write()
	f.awaitReady(1)
}

// In its initial delay a replica may be as slow as it likes.
func TestProbesOfHealthBeginAfterTheInitialDelay(t *testing.T) {
	started := time.Unix(1000, 0)
	s := Spec{LivenessDelay: 30 * time.Second}
	if s.probed(started, started.Add(29*time.Second)) || !s.probed(started, started.Add(30*time.Second)) {
		t.Error("probes begin at another time than 30 s after the start")
	}
}

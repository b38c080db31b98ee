package metricsserver_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"
	"time"

	"prewarm/deploy/experiment/metricsserver"
	osprocess "prewarm/deploy/local/process"
	"prewarm/deploy/local/replica"
	"prewarm/shared/testbed"
)

// TestMain is also the replica of the test: it keeps a core busy until it is
// killed, or its parent is gone.
func TestMain(m *testing.M) {
	if os.Getenv("PREWARM_TEST_BUSY") == "" {
		os.Exit(m.Run())
	}
	for begin := time.Now(); time.Since(begin) < time.Minute && os.Getppid() > 1; {
		_ = time.Now()
	}
}

// busyChild starts this test again as a process that keeps a core busy.
func busyChild(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PREWARM_TEST_BUSY=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func TestTheCPUTimeOfARunningReplicaGrows(t *testing.T) {
	cmd := busyChild(t)
	running := []replica.Process{{PID: cmd.Process.Pid, Function: name}}
	measured := func(above time.Duration) func() bool {
		return func() bool {
			found := metricsserver.Measure(running)
			return len(found) == 1 && found[0].PID == cmd.Process.Pid && found[0].Function == name && found[0].CPU > above
		}
	}
	testbed.Eventually(t, "the replica uses CPU", measured(10*time.Millisecond))
	testbed.Eventually(t, "the replica uses more", measured(metricsserver.Measure(running)[0].CPU))
}

func TestAReplicaThatHasEndedIsLeftOut(t *testing.T) {
	cmd := busyChild(t)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if found := metricsserver.Measure([]replica.Process{{PID: cmd.Process.Pid, Function: name}}); len(found) != 0 {
		t.Errorf("got %+v", found)
	}
	if _, err := osprocess.CPUTime(cmd.Process.Pid); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its CPU time: got %v", err)
	}
}

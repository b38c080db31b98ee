package metricsserver

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

// TestMain is also the replica of the test: it keeps a core busy until it is
// killed, or its parent is gone.
func TestMain(m *testing.M) {
	if os.Getenv("OPENFAAS_NAME") == "" {
		os.Exit(m.Run())
	}
	for begin := time.Now(); time.Since(begin) < time.Minute && os.Getppid() > 1; {
		_ = time.Now()
	}
}

// child starts this test again as a replica.
func child(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func TestReplicasAreFoundWithTheirCPU(t *testing.T) {
	reader, err := NewReader()
	if err != nil {
		t.Fatal(err)
	}
	replica := child(t, "OPENFAAS_NAME=hello", "OPENFAAS_NAMESPACE=openfaas-fn")
	child(t, "OPENFAAS_NAME=alone") // without a namespace it is no replica
	find := func() (found []Process) {
		t.Helper()
		if found, err = reader.Processes(); err != nil {
			t.Fatal(err)
		}
		return found
	}
	awaited := func(what string, ok func([]Process) bool) {
		t.Helper()
		testbed.Eventually(t, what, func() bool { return ok(find()) })
	}
	awaited("one replica that uses CPU", func(found []Process) bool {
		return len(found) == 1 && found[0].PID == replica.Process.Pid && found[0].Function == "hello.openfaas-fn" && found[0].CPU > 10*time.Millisecond
	})
	before := find()[0].CPU
	awaited("it uses more", func(found []Process) bool { return len(found) == 1 && found[0].CPU > before })
	_ = replica.Process.Kill()
	_ = replica.Wait()
	awaited("it is gone", func(found []Process) bool { return len(found) == 0 })
}

func TestParentBehindAnyName(t *testing.T) {
	for stat, want := range map[string]int{
		"12 (prewarm) S 34 12 12": 34,
		"12 (a) R 9 (b)) S 35 1":  35,
	} {
		if got, err := parentOf([]byte(stat)); err != nil || got != want {
			t.Errorf("%s: got %d, %v", stat, got, err)
		}
	}
	if _, err := parentOf([]byte("12 (x) S")); err == nil {
		t.Error("a stat that breaks off has a parent")
	}
}

func FuzzStat(f *testing.F) {
	f.Add([]byte("12 (prewarm) S 34 12"), []byte("OPENFAAS_NAME=a\x00OPENFAAS_NAMESPACE=b\x00"))
	f.Add([]byte(")"), []byte("=\x00"))
	f.Add([]byte(""), []byte(""))
	f.Fuzz(func(t *testing.T, stat, environ []byte) {
		if pid, err := parentOf(stat); err != nil && pid != 0 {
			t.Errorf("%d with %v", pid, err)
		}
		if name := functionIn(environ); len(name) > 0 && len(name) < 3 {
			t.Errorf("%q is no name with a namespace", name)
		}
	})
}

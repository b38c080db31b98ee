package metricsserver

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Reader finds the replicas among the child processes of this one.
type Reader struct {
	root      string // /proc
	parent    int
	functions map[int]string // of known children; "" where it is no replica
}

// NewReader returns a reader of the children of this process.
func NewReader() (*Reader, error) {
	return &Reader{root: "/proc", parent: os.Getpid(), functions: map[int]string{}}, nil
}

// Processes returns the replicas that run now. One that ends meanwhile is left
// out.
func (r *Reader) Processes() ([]Process, error) {
	entries, err := os.ReadDir(r.root)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	known := make(map[int]string, len(r.functions))
	var found []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		function, ok := r.functionOf(pid)
		if !ok {
			continue
		}
		known[pid] = function
		if function == "" {
			continue
		}
		if cpu, err := cpuTime(pid); err == nil {
			found = append(found, Process{PID: pid, Function: function, CPU: cpu})
		}
	}
	r.functions = known
	return found, nil
}

// functionOf returns the function that a process is a replica of, "" where it is
// none, and false where that cannot be told yet: a child has the environment of
// its parent until its program is loaded.
func (r *Reader) functionOf(pid int) (string, bool) {
	if function, known := r.functions[pid]; known {
		return function, true
	}
	stat, err := os.ReadFile(filepath.Join(r.root, strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", false
	}
	parent, err := parentOf(stat)
	if err != nil || parent != r.parent {
		return "", err == nil
	}
	environ, err := os.ReadFile(filepath.Join(r.root, strconv.Itoa(pid), "environ"))
	if err != nil {
		return "", false
	}
	function := functionIn(environ)
	return function, function != ""
}

// parentOf reads the fourth field of /proc/PID/stat. The second is the name in
// parentheses, which may hold anything.
func parentOf(stat []byte) (int, error) {
	_, rest, _ := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(")"))
	fields := bytes.Fields(rest)
	if len(fields) < 2 {
		return 0, errors.New("stat must have a state and a parent behind the name")
	}
	return strconv.Atoi(string(fields[1]))
}

// functionIn returns NAME.NAMESPACE from the environment of a replica.
func functionIn(environ []byte) string {
	var name, namespace string
	for _, pair := range bytes.Split(environ, []byte{0}) {
		key, value, _ := bytes.Cut(pair, []byte("="))
		switch string(key) {
		case "OPENFAAS_NAME":
			name = string(value)
		case "OPENFAAS_NAMESPACE":
			namespace = string(value)
		}
	}
	if name == "" || namespace == "" {
		return ""
	}
	return name + "." + namespace
}

// cpuTime reads the CPU clock of a process, in nanoseconds where /proc has
// hundredths of a second.
//
// Source: clock_getcpuclockid(3); CPUCLOCK_SCHED is 2.
func cpuTime(pid int) (time.Duration, error) {
	const schedClock = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &t); err != nil {
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ESRCH) {
			return 0, fs.ErrNotExist
		}
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

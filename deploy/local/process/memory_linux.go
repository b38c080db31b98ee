package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// PeakMemory returns the largest resident memory of a process so far, in bytes. The error is
// fs.ErrNotExist for a process that has ended.
//
// Source: proc_pid_status(5), VmHWM.
func PeakMemory(pid int) (int64, error) { return memory(pid, "VmHWM:") }

// Memory returns the resident memory of a process that is no part of a file, which the kernel
// cannot take back, in bytes. The error is fs.ErrNotExist for a process that has ended.
//
// Source: proc_pid_status(5), RssAnon.
func Memory(pid int) (int64, error) { return memory(pid, "RssAnon:") }

// memory returns a field of the status of a process, in bytes.
func memory(pid int, field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, syscall.ESRCH) {
		return 0, fs.ErrNotExist
	}
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(text, []byte(field))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fs.ErrNotExist // it has ended, and waits for its parent
	}
	kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	return kilobytes << 10, nil
}

package process

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime reads how much CPU a process has used since its start. The clock of the
// process counts nanoseconds, while /proc/PID/stat has hundredths of a second,
// which is too coarse for windows of 250 ms. The error is fs.ErrNotExist for a
// process that has ended.
//
// Source: clock_getcpuclockid(3); CPUCLOCK_SCHED is 2.
func CPUTime(pid int) (time.Duration, error) {
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

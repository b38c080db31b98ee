package testbed

import (
	"syscall"
	"time"
)

// CPU returns the processor time that the process has used so far, of its own and of the
// kernel. A benchmark that reports it, instead of the time that passes, can be read on a busy
// machine too.
func CPU() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

//go:build !linux

package workload

import (
	"syscall"
	"time"
)

// threadTime returns the CPU time that the process has used: not every system measures
// that of a thread.
func threadTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are valid
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

//go:build !linux

package process

import (
	"fmt"
	"runtime"
	"time"
)

// CPUTime fails: the CPU time of other processes is read as Linux shows it.
func CPUTime(int) (time.Duration, error) {
	return 0, fmt.Errorf("the CPU time of replicas can only be read on linux, this is: %s", runtime.GOOS)
}

//go:build !linux

package process

import (
	"fmt"
	"runtime"
)

// PeakMemory fails: the memory of other processes is read as Linux shows it.
func PeakMemory(int) (int64, error) { return Memory(0) }

// Memory fails as PeakMemory does.
func Memory(int) (int64, error) {
	return 0, fmt.Errorf("the memory of processes can only be read on linux, this is: %s", runtime.GOOS)
}

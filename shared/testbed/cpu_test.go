package testbed

import (
	"testing"
	"time"
)

func TestCPUGrowsWithWorkAndNotWithTime(t *testing.T) {
	begin, n := CPU(), 0
	for deadline := 10_000_000; n < deadline || CPU() == begin; n++ {
	}
	worked := CPU()
	if worked <= begin {
		t.Errorf("CPU went from %v to %v over %d rounds", begin, worked, n)
	}
	if worked > time.Hour {
		t.Errorf("CPU is %v", worked)
	}
}

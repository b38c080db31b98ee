package process

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestThePeakMemoryOfThisProcess(t *testing.T) {
	before, err := PeakMemory(os.Getpid())
	if err != nil || before < 1<<20 {
		t.Fatalf("got %d bytes, %v", before, err)
	}
	const size = 64 << 20
	block := make([]byte, size)
	for i := range block {
		block[i] = 1
	}
	if after, err := PeakMemory(os.Getpid()); err != nil || after < size {
		t.Errorf("got %d bytes with a block of %d, %v", after, len(block), err)
	}
	if now, err := Memory(os.Getpid()); err != nil || now < size {
		t.Errorf("got %d bytes with a block of %d, %v", now, len(block), err)
	}
	if _, err := PeakMemory(1 << 30); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such process: got %v", err)
	}
}

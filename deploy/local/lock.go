package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockState takes a state directory for this process alone and returns what
// gives it back. Two platforms on the same streams and samples would destroy
// them. The kernel gives it back when the process ends in any other way.
func lockState(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return func() { _ = f.Close() }, nil
	}
	_ = f.Close()
	if err == unix.EWOULDBLOCK {
		return nil, fmt.Errorf("%s is in use by another local platform: stop that one, or take another directory with -state (and other ports)", dir)
	}
	return nil, fmt.Errorf("lock %s: %w", dir, err)
}

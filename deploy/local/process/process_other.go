//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// setAttributes makes the child lead its own group. A death signal exists on
// Linux only: elsewhere a child survives a parent that is killed with -9.
func setAttributes(attr *syscall.SysProcAttr) {
	attr.Setpgid = true
	attr.Pgid = 0
}

// reap waits for the child, reaps it and then calls ended.
func reap(cmd *exec.Cmd, ended func()) error {
	err := cmd.Wait()
	ended()
	return err
}

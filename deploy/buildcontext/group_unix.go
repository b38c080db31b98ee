//go:build unix

package buildcontext

import (
	"os/exec"
	"syscall"
	"time"
)

// interruptGrace is how long an interrupted go command may clean up.
const interruptGrace = 5 * time.Second

// EndWithContext makes the end of cmd's context send SIGINT to the process group of
// cmd. Without it the context kills the go command alone, which leaves its compilers
// running and its temporary directory behind.
func EndWithContext(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = interruptGrace
}

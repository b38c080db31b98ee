//go:build unix

package buildcontext

import (
	"os/exec"
	"syscall"
	"time"
)

// interruptGrace is how long an interrupted go command may clean up.
const interruptGrace = 5 * time.Second

// EndWithContext makes the end of cmd's context interrupt cmd and all that it
// has started. The go command alone would leave its compilers running, and,
// killed, its temporary directory behind.
func EndWithContext(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = interruptGrace
}

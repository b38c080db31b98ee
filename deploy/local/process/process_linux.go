package process

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// setAttributes makes the child lead its own group and die with its parent.
func setAttributes(attr *syscall.SysProcAttr) {
	attr.Setpgid = true
	attr.Pgid = 0
	attr.Pdeathsig = syscall.SIGKILL
}

// reap waits for the end of the child, calls ended, and then reaps the child. While it
// is not reaped, its process id cannot be that of another group.
// WNOWAIT leaves the ended child as a zombie, which keeps its id.
func reap(cmd *exec.Cmd, ended func()) error {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	ended()
	return cmd.Wait()
}

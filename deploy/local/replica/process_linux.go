package replica

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts a replica into a process group of its own and has the kernel
// kill it when the launching thread ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// reap waits until the process ended and kills what is left of its group
// before it reaps it: until then its number cannot be given to another group.
func (p *process) reap() error {
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			break
		}
	}
	p.killGroup()
	return p.cmd.Wait()
}

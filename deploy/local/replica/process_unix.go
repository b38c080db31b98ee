//go:build unix && !linux

package replica

import "syscall"

// attributes puts a replica into a process group of its own.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// reap waits until the process ended and kills what is left of its group.
func (p *process) reap() error {
	err := p.cmd.Wait()
	p.killGroup()
	return err
}

//go:build unix

// Package process starts child processes that do not outlive their parent.
//
// Every child leads a process group of its own. The group is killed as a whole
// when the child is stopped, and also when the child ends by itself and leaves
// processes behind. On Linux the kernel kills the child when the parent dies,
// even by kill -9.
package process

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// outputGrace bounds how long the end of a child is held up by a process that
// left the group and still holds the child's output open.
const outputGrace = 2 * time.Second

// Process is a running or ended child. Its methods may be called concurrently.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // written before done is closed

	mu     sync.Mutex
	reaped bool // the process id may belong to somebody else
}

// Start starts cmd as the leader of a new process group and reaps it when it
// ends. Fields already set in cmd.SysProcAttr are kept.
//
// On Linux the parent-death signal follows the thread that started the child,
// not the process. So one locked thread starts the child and waits for it; it
// lives as long as the child does, at the price of one thread for each child.
func Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	setAttributes(cmd.SysProcAttr)
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = outputGrace
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// run owns the child from start to reaping on one thread.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = reap(p.cmd, p.endGroup)
	close(p.done)
}

// endGroup kills what the leader left behind and forbids further signals.
func (p *Process) endGroup() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.reaped = true
}

// Pid is the child's process id, which is also its group's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended and is reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the child's end and returns what exec.Cmd.Wait returned: nil
// after exit code 0, *exec.ExitError after any other code or a signal.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Signal sends sig to the child's whole group. A child that has ended is not an
// error.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return nil
	}
	err := syscall.Kill(-p.cmd.Process.Pid, sig)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %v to process group %d: %w", sig, p.cmd.Process.Pid, err)
	}
	return nil
}

// Stop asks the group to end with SIGTERM, kills it after grace and waits for
// the end. It returns nil when the child is gone, whatever its exit code;
// Wait tells that one.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
	}
	return p.Kill()
}

// Kill ends the whole group at once and waits for the end.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

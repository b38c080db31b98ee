//go:build unix

// Package process starts child processes that do not outlive their parent.
//
// Each child leads a process group of its own. The whole group is killed when the
// child is stopped, and also when the child exits unasked and leaves processes
// behind. On Linux the kernel kills the child when the parent dies, even by kill -9.
// On all systems a guard process kills the groups that are left.
package process

import (
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a running or ended child. Its methods may be called concurrently.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // written before done is closed

	mu     sync.Mutex
	reaped bool // the process id may belong to another process
}

// await reaps the child when it ends, and kills the rest of its group.
func (p *Process) await(g *guard) {
	p.err = reap(p.cmd, p.endGroup)
	g.done(p.Pid())
	close(p.done)
}

// endGroup kills the processes that the leader has left behind. No signals are sent
// afterwards.
func (p *Process) endGroup() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.reaped = true
}

// Pid is the child's process id, which is also its group's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done returns a channel that is closed when the child has ended and is reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the child's end and returns what exec.Cmd.Wait returned: nil
// after exit code 0, *exec.ExitError after any other code or a signal.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Signal sends sig to the child's whole group. A child that has ended is not an
// error.
func (p *Process) Signal(sig syscall.Signal) error { return p.send(sig, -p.Pid()) }

// SignalLeader sends sig to the child alone, as a container engine does to the
// first process of a container. A child that has ended is not an error.
func (p *Process) SignalLeader(sig syscall.Signal) error { return p.send(sig, p.Pid()) }

// send does nothing once the process id may belong to another process.
func (p *Process) send(sig syscall.Signal, to int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return nil
	}
	if err := syscall.Kill(to, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %v to process %d: %w", sig, to, err)
	}
	return nil
}

// Stop sends SIGTERM to the group, kills it after grace, and waits for the end. It
// returns nil when the child is gone, whatever its exit code, which Wait returns.
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

// Kill kills the whole group and waits for the end.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

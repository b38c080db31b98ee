//go:build unix

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

// ErrClosed means that the launcher was closed.
var ErrClosed = errors.New("process: the launcher is closed")

// outputGrace bounds how long the end of a child is held up by a process that
// left the group and still holds the child's output open.
const outputGrace = 2 * time.Second

// Launcher starts children that do not outlive this process, even after kill -9.
//
// Two things see to that. On Linux the kernel kills a child when the thread that
// started it ends (Pdeathsig), which need not be the end of the process: so all
// starts happen on one locked thread that lives until Close. And a guard process
// kills the process groups that are left, which covers grandchildren, and
// systems without Pdeathsig. The guard learns of a group right after its start:
// what a child starts in that moment is not covered.
type Launcher struct {
	starts chan launch
	ended  chan struct{}
	guard  *guard

	mu     sync.Mutex
	closed bool
}

type launch struct {
	cmd    *exec.Cmd
	result chan error
}

// NewLauncher starts the launching thread and the guard process.
func NewLauncher() (*Launcher, error) {
	g, err := startGuard()
	if err != nil {
		return nil, fmt.Errorf("start the process guard: %w", err)
	}
	l := &Launcher{starts: make(chan launch), ended: make(chan struct{}), guard: g}
	go l.loop()
	return l, nil
}

// loop never unlocks its thread: when it returns, the thread ends, and with it
// every child that a caller forgot to stop.
func (l *Launcher) loop() {
	defer close(l.ended)
	runtime.LockOSThread()
	for request := range l.starts {
		err := request.cmd.Start()
		if err == nil {
			l.guard.add(request.cmd.Process.Pid)
		}
		request.result <- err
	}
}

// Start starts cmd as the leader of a new process group and reaps it when it
// ends. Fields already set in cmd.SysProcAttr are kept.
func (l *Launcher) Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	setAttributes(cmd.SysProcAttr)
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = outputGrace
	}
	if err := l.start(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go p.await(l.guard)
	return p, nil
}

// start runs cmd.Start on the launching thread.
func (l *Launcher) start(cmd *exec.Cmd) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	request := launch{cmd: cmd, result: make(chan error, 1)}
	l.starts <- request
	return <-request.result
}

// Close ends the launching thread and the guard. Children that still run are
// killed. Further calls do nothing.
func (l *Launcher) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	close(l.starts)
	l.mu.Unlock()
	<-l.ended
	return l.guard.close()
}

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

// outputGrace bounds how long Wait waits for the output of an ended child: a process
// that has left the group can keep it open.
const outputGrace = 2 * time.Second

// Launcher starts children that do not outlive this process, even after kill -9.
//
// There are two mechanisms. On Linux the kernel kills a child when the thread that
// started it ends (Pdeathsig). A thread can end before its process, so that all
// starts happen on one locked thread, which lives until Close. In addition a guard
// process kills the process groups that are left. The guard covers grandchildren, and
// systems without Pdeathsig. It learns of a group just after its start: a grandchild
// that is started in that moment is not covered if this process is killed in it.
type Launcher struct {
	starts chan launch
	ended  chan struct{}
	guard  *guard

	mu     sync.Mutex
	closed bool
}

// launch asks the launching thread to start a command.
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

// loop starts the requested commands. It never unlocks its thread: when it returns,
// the thread ends, and the kernel kills the children that still run.
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
// ends. Fields that are set in cmd.SysProcAttr are kept. The error is ErrClosed after
// Close.
func (l *Launcher) Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	setAttributes(cmd.SysProcAttr)
	// Without a delay, Wait would wait for grandchildren that hold the output open.
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
	// The mutex is held until the result is there, so that Close cannot close starts
	// between the check and the send.
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

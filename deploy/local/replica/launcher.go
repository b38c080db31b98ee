//go:build unix

package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"runtime"
	"sync"
)

// ErrClosed means the pool or launcher was closed.
var ErrClosed = errors.New("replica: closed")

// Ports of replicas are taken from below the range from which Linux and macOS
// assign outgoing connections, so that no client socket takes a port between
// its choice and the replica's bind.
const (
	firstPort = 12000
	lastPort  = 31999
)

// Launcher starts the processes of all pools of one platform.
//
// Two things keep processes from outliving this one, even after kill -9. On
// Linux the kernel kills a replica when the thread that started it ends
// (Pdeathsig); so all starts happen on one locked thread that lives until
// Close. And a guard process kills the process groups that are left, which
// covers grandchildren and systems without Pdeathsig.
type Launcher struct {
	starts chan launch
	ended  chan struct{}
	guard  *guard

	mu     sync.Mutex
	closed bool
	ports  map[int]bool
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
	l := &Launcher{
		starts: make(chan launch),
		ended:  make(chan struct{}),
		guard:  g,
		ports:  map[int]bool{},
	}
	go l.loop()
	return l, nil
}

// loop never unlocks its thread: when it returns, the thread ends, and with it
// every replica that a caller forgot to stop.
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

// Close ends the launching thread and the guard. Processes that still run are killed.
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

// takePort reserves a loopback port on which nothing listens.
func (l *Launcher) takePort() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if l.ports[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			last = err
			continue
		}
		_ = listener.Close()
		l.ports[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("no free port between %d and %d: %w", firstPort, lastPort, last)
}

func (l *Launcher) returnPort(port int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ports, port)
}

//go:build unix

package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"

	"prewarm/deploy/local/process"
)

// ErrClosed means that the pool was closed.
var ErrClosed = errors.New("replica: closed")

// Ports of replicas lie below the range that Linux and macOS use for outgoing
// connections. Otherwise a client socket could take a port after the launcher has
// chosen it and before the replica listens on it.
const (
	firstPort = 12000
	lastPort  = 31999
)

// Launcher starts the processes of all pools of one platform, each on a port of
// its own. None of them outlives this process.
type Launcher struct {
	processes *process.Launcher

	mu       sync.Mutex
	ports    map[int]bool // in use
	children []*child     // that run, oldest first
}

// Process is the process of one running replica.
type Process struct {
	PID      int
	Function string // name.namespace
}

// NewLauncher returns a launcher without processes.
func NewLauncher() (*Launcher, error) {
	processes, err := process.NewLauncher()
	if err != nil {
		return nil, err
	}
	return &Launcher{processes: processes, ports: map[int]bool{}}, nil
}

// Close kills the processes that still run. Nothing can be started after it.
func (l *Launcher) Close() error { return l.processes.Close() }

// Processes returns the processes of all pools that run now, oldest first. It
// includes replicas that start, and replicas that finish their last requests.
func (l *Launcher) Processes() []Process {
	l.mu.Lock()
	defer l.mu.Unlock()
	running := make([]Process, len(l.children))
	for i, c := range l.children {
		running[i] = Process{PID: c.process.Pid(), Function: c.function}
	}
	return running
}

// started makes a child known.
func (l *Launcher) started(c *child) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.children = append(l.children, c)
}

// ended forgets a child and gives back its port.
func (l *Launcher) ended(c *child) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.children = slices.DeleteFunc(l.children, func(other *child) bool { return other == c })
	delete(l.ports, c.port)
}

// takePort reserves a loopback port on which nothing listens. A port that another
// program has taken is skipped.
func (l *Launcher) takePort() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last error
	for range 100 { // 20,000 ports: one free port is found soon
		// Random, so that a port is seldom reused soon: a client that still knows the old
		// address would reach another function.
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

// returnPort gives back the port of a child that could not be started.
func (l *Launcher) returnPort(port int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ports, port)
}

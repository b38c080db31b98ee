//go:build unix

package live

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"prewarm/deploy/local/process"
)

// restartWait is the pause before a process that has ended is started again, as a cluster
// does.
const restartWait = 200 * time.Millisecond

// readyWait bounds the start of a process.
const readyWait = 30 * time.Second

// child is a part in a process of its own. A process that ends is started again, unless it is
// held down.
type child struct {
	launcher *process.Launcher
	argv     []string
	env      []string
	address  string // host:port that it listens on
	output   io.Writer

	mu      sync.Mutex
	process *process.Process
	held    bool
	ended   bool
	loop    sync.WaitGroup
}

// self returns the command of this program as the given part.
func self(c partConfig) (argv, env []string, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(c)
	return []string{program}, []string{PartKey + "=" + string(text)}, err
}

// start starts the process, waits until it listens, and looks after it.
func (c *child) start() error {
	if err := c.launch(nil); err != nil {
		return err
	}
	for deadline := time.Now().Add(readyWait); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", c.address, time.Second)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			c.stop()
			return fmt.Errorf("%s does not listen at %s within %v", c.argv[0], c.address, readyWait)
		}
	}
	return nil
}

// launch starts the process, and a goroutine that starts it again when it ends.
// It does nothing if the last process is another one than the given: release was faster.
func (c *child) launch(last *process.Process) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.held || c.process != last {
		return nil
	}
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = c.output, c.output
	p, err := c.launcher.Start(cmd)
	if err != nil {
		return err
	}
	c.process = p
	c.loop.Go(func() {
		<-p.Done()
		time.Sleep(restartWait)
		if err := c.launch(p); err != nil {
			fmt.Fprintln(c.output, "cannot be started again:", err)
		}
	})
	return nil
}

// hold kills the process and keeps it down until release.
func (c *child) hold() {
	c.mu.Lock()
	c.held = true
	p := c.process
	c.mu.Unlock()
	_ = p.Kill()
}

// release starts the process again.
func (c *child) release() {
	c.mu.Lock()
	c.held = false
	last := c.process
	c.mu.Unlock()
	if err := c.launch(last); err != nil {
		fmt.Fprintln(c.output, "cannot be started again:", err)
	}
}

// pid is the process id of the present process.
func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process.Pid()
}

// stop ends the process for good.
func (c *child) stop() {
	c.mu.Lock()
	c.ended = true
	p := c.process
	c.mu.Unlock()
	_ = p.Signal(syscall.SIGCONT) // a stopped process hears no other signal
	_ = p.Stop(10 * time.Second)
	c.loop.Wait()
}

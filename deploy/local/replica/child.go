//go:build unix

package replica

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"prewarm/deploy/local/process"
)

// outputLinger bounds how long output is read after a process has ended: a
// grandchild that left the process group can keep the pipe open.
const outputLinger = time.Second

// child is the process of one replica.
type child struct {
	launcher *Launcher
	process  *process.Process
	function string // name.namespace
	instance string
	port     int
	started  time.Time // wall clock, for the simulated delay

	exited    chan struct{}          // closed when the process is reaped and its output read
	err       error                  // from Wait; valid once exited is closed
	lastError atomic.Pointer[string] // last line of its standard error; nil if there is none
	cause     atomic.Pointer[string] // why the platform has ended it; nil if it has not
}

// launch starts the process of one replica, on a port of its own. Its output lines
// go to the log.
func (l *Launcher) launch(spec Spec, instance string, log *Log) (*child, error) {
	port, err := l.takePort()
	if err != nil {
		return nil, err
	}
	c := &child{launcher: l, function: spec.Function + "." + spec.Namespace, instance: instance, port: port, exited: make(chan struct{})}
	cmd := exec.Command(spec.Path)
	cmd.Dir = spec.Dir
	cmd.Env = spec.environ(instance, port)
	if err := c.start(cmd, log); err != nil {
		l.returnPort(port)
		return nil, err
	}
	return c, nil
}

// start starts the command and reads its output. It makes the pipes itself: with
// those of exec.Cmd, Wait either loses the last lines or waits for grandchildren.
func (c *child) start(cmd *exec.Cmd, log *Log) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	errRead, errWrite, err := os.Pipe()
	if err != nil {
		_ = read.Close()
		_ = write.Close()
		return err
	}
	cmd.Stdout, cmd.Stderr = write, errWrite
	c.process, err = c.launcher.processes.Start(cmd)
	// The process has copies of the write ends. Ours would keep the pipes open after its end.
	_ = write.Close()
	_ = errWrite.Close()
	if err != nil {
		_ = read.Close()
		_ = errRead.Close()
		return err
	}
	c.started = time.Now()
	c.launcher.started(c)
	go c.wait(c.capture(log, read, errRead), read, errRead)
	return nil
}

// capture copies the lines of both outputs to the log and remembers the last line
// of the standard error. The channel closes when both outputs have ended.
// Lines of the two outputs can change places: each has a goroutine of its own.
func (c *child) capture(log *Log, output, errors io.Reader) <-chan struct{} {
	var readers sync.WaitGroup
	readers.Go(func() { eachLine(output, func(line string) { log.Add(c.instance, line) }) })
	readers.Go(func() {
		eachLine(errors, func(line string) {
			log.Add(c.instance, line)
			if line != "" {
				c.lastError.Store(&line)
			}
		})
	})
	done := make(chan struct{})
	go func() { readers.Wait(); close(done) }()
	return done
}

// eachLine calls do with each line, without its line end, until the output ends.
// Lines longer than the buffer are split, so that memory is bounded.
func eachLine(output io.Reader, do func(string)) {
	reader := bufio.NewReaderSize(output, 16<<10)
	for {
		line, _, err := reader.ReadLine()
		if err != nil {
			return
		}
		do(strings.TrimRight(string(line), "\r\n"))
	}
}

// wait reaps the process, and releases its port and its pipes.
func (c *child) wait(captured <-chan struct{}, outputs ...io.Closer) {
	c.err = c.process.Wait()
	// The port is free as soon as the process is reaped, even if a grandchild still writes.
	c.launcher.ended(c)
	select {
	case <-captured:
	case <-time.After(outputLinger):
	}
	// This also ends readers that wait for a grandchild.
	for _, output := range outputs {
		_ = output.Close()
	}
	close(c.exited)
}

// stop sends SIGTERM to the process and, after the grace time or when now is
// closed, SIGKILL to its group. It returns when the process is gone.
// SIGTERM goes to the process alone, as in a container, where it reaches the first process
// only.
func (c *child) stop(grace time.Duration, now <-chan struct{}) {
	_ = c.process.SignalLeader(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.exited:
	case <-now:
	case <-timer.C:
	}
	c.kill()
}

// kill ends the process and its group at once. It does nothing after their end.
func (c *child) kill() {
	_ = c.process.Kill()
	<-c.exited
}

// address returns the host:port at which the replica serves.
func (c *child) address() string { return fmt.Sprintf("127.0.0.1:%d", c.port) }

// exitReason returns how a process ended, with the last line of its standard error. A
// clean exit is a fault too: a replica must run until it is stopped.
func (c *child) exitReason() string {
	if cause := c.cause.Load(); cause != nil {
		return *cause
	}
	reason := "exit status 0"
	if c.err != nil {
		reason = c.err.Error()
	}
	if line := c.lastError.Load(); line != nil {
		reason += fmt.Sprintf("; last error line: %.300s", *line)
	}
	return reason
}

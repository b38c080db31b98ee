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
)

// How long output is read on after a process ended, in case a grandchild that
// left the group keeps the pipe open.
const outputLinger = time.Second

// process is one running replica.
type process struct {
	launcher *Launcher
	cmd      *exec.Cmd
	instance string
	port     int
	started  time.Time // wall clock, for the simulated delay

	exited chan struct{}          // closed when the process is reaped and its group killed
	err    error                  // how it ended; read after exited
	words  atomic.Pointer[string] // last line of its standard error, nil before
}

// launch starts one replica. Its output lines go to the log.
func (l *Launcher) launch(spec Spec, instance string, log *Log) (*process, error) {
	port, err := l.takePort()
	if err != nil {
		return nil, err
	}
	p := &process{launcher: l, instance: instance, port: port, exited: make(chan struct{})}
	p.cmd = exec.Command(spec.Path)
	p.cmd.Dir = spec.Dir
	p.cmd.Env = spec.environ(instance, port)
	p.cmd.SysProcAttr = attributes()
	if err := p.start(log); err != nil {
		l.returnPort(port)
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	return p, nil
}

// start uses pipes of its own, because those of exec.Cmd make Wait either lose
// the last lines or wait for grandchildren.
func (p *process) start(log *Log) error {
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
	p.cmd.Stdout, p.cmd.Stderr = write, errWrite
	err = p.launcher.start(p.cmd)
	_ = write.Close()
	_ = errWrite.Close()
	if err != nil {
		_ = read.Close()
		_ = errRead.Close()
		return err
	}
	p.started = time.Now()
	go p.wait(p.capture(log, read, errRead), read, errRead)
	return nil
}

// capture copies lines to the log and remembers the last one of the standard
// error; the channel closes when both have ended.
func (p *process) capture(log *Log, output, errors io.Reader) <-chan struct{} {
	said := func(line string) { log.Add(p.instance, line) }
	complained := func(line string) {
		said(line)
		if line != "" {
			p.words.Store(&line)
		}
	}
	var readers sync.WaitGroup
	readers.Go(func() { copyLines(said, output) })
	readers.Go(func() { copyLines(complained, errors) })
	done := make(chan struct{})
	go func() { readers.Wait(); close(done) }()
	return done
}

// copyLines hands on each line, without its end. Lines longer than the buffer
// are split.
func copyLines(add func(string), output io.Reader) {
	reader := bufio.NewReaderSize(output, 16<<10)
	for {
		line, _, err := reader.ReadLine()
		if err != nil {
			return
		}
		add(strings.TrimRight(string(line), "\r\n"))
	}
}

// wait reaps the process and gives back what it held.
func (p *process) wait(captured <-chan struct{}, outputs ...io.Closer) {
	p.err = p.reap()
	p.launcher.guard.done(p.cmd.Process.Pid)
	p.launcher.returnPort(p.port)
	select {
	case <-captured:
	case <-time.After(outputLinger):
	}
	for _, output := range outputs {
		_ = output.Close()
	}
	close(p.exited)
}

func (p *process) killGroup() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// stop sends SIGTERM and, when the process has not ended after the patience,
// SIGKILL to its group. It returns when the process is gone. A closed hurry ends
// the patience.
func (p *process) stop(patience time.Duration, hurry <-chan struct{}) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-hurry:
	case <-timer.C:
	}
	p.kill()
}

// kill ends the process and its group at once.
func (p *process) kill() {
	select {
	case <-p.exited:
	default:
		p.killGroup()
		<-p.exited
	}
}

func (p *process) address() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }

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

// How long output is read on after a process ended, in case a grandchild that
// left the group keeps the pipe open.
const outputLinger = time.Second

// child is one running replica.
type child struct {
	launcher *Launcher
	process  *process.Process
	function string // name.namespace
	instance string
	port     int
	started  time.Time // wall clock, for the simulated delay

	exited chan struct{}          // closed when the process is reaped and its output read
	err    error                  // how it ended; read after exited
	words  atomic.Pointer[string] // last line of its standard error, nil before
}

// launch starts one replica. Its output lines go to the log.
func (l *Launcher) launch(spec Spec, instance string, log *Log) (*child, error) {
	port, err := l.takePort()
	if err != nil {
		return nil, err
	}
	p := &child{launcher: l, function: spec.Function + "." + spec.Namespace, instance: instance, port: port, exited: make(chan struct{})}
	cmd := exec.Command(spec.Path)
	cmd.Dir = spec.Dir
	cmd.Env = spec.environ(instance, port)
	if err := p.start(cmd, log); err != nil {
		l.returnPort(port)
		return nil, err
	}
	return p, nil
}

// start uses pipes of its own, because those of exec.Cmd make Wait either lose
// the last lines or wait for grandchildren.
func (p *child) start(cmd *exec.Cmd, log *Log) error {
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
	p.process, err = p.launcher.processes.Start(cmd)
	_ = write.Close()
	_ = errWrite.Close()
	if err != nil {
		_ = read.Close()
		_ = errRead.Close()
		return err
	}
	p.started = time.Now()
	p.launcher.started(p)
	go p.wait(p.capture(log, read, errRead), read, errRead)
	return nil
}

// capture copies lines to the log and remembers the last one of the standard
// error; the channel closes when both have ended.
func (p *child) capture(log *Log, output, errors io.Reader) <-chan struct{} {
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
func (p *child) wait(captured <-chan struct{}, outputs ...io.Closer) {
	p.err = p.process.Wait()
	p.launcher.ended(p)
	select {
	case <-captured:
	case <-time.After(outputLinger):
	}
	for _, output := range outputs {
		_ = output.Close()
	}
	close(p.exited)
}

// stop sends SIGTERM and, when the process has not ended after the patience,
// SIGKILL to its group. It returns when the process is gone. A closed hurry ends
// the patience.
func (p *child) stop(patience time.Duration, hurry <-chan struct{}) {
	_ = p.process.SignalLeader(syscall.SIGTERM)
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
func (p *child) kill() {
	_ = p.process.Kill()
	<-p.exited
}

func (p *child) address() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }

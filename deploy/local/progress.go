package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"prewarm/deploy/local/platform"
)

// stillEvery is how often a line says what is still being done, if there is no terminal.
const stillEvery = 30 * time.Second

// progress shows what is being done until the traffic begins, and how far it is: as a bar on a
// terminal, and otherwise as lines, one for each task that ends. It is safe for concurrent use.
type progress struct {
	out   io.Writer
	since func(time.Time) time.Duration

	mu          sync.Mutex
	done, total int
	running     []string // oldest first

	container *mpb.Progress // nil for lines
	bar       *mpb.Bar
	ended     chan struct{}
}

var _ platform.Progress = (*progress)(nil)

// newProgress begins a display. On a terminal it is a bar, unless log lines would tear it.
func newProgress(out io.Writer, logged bool) *progress {
	p := &progress{out: out, since: time.Since, ended: make(chan struct{})}
	file, isFile := out.(*os.File)
	if logged || !isFile || !term.IsTerminal(int(file.Fd())) {
		go p.remind()
		return p
	}
	p.container = mpb.New(mpb.WithOutput(out), mpb.WithWidth(30))
	p.bar = p.container.AddBar(0,
		mpb.PrependDecorators(decor.CountersNoUnit("%d of %d ", decor.WC{W: 9})),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6}), decor.Any(func(decor.Statistics) string { return "  " + p.present() })))
	return p
}

// Add implements platform.Progress.
func (p *progress) Add(tasks int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += tasks
	if p.bar != nil {
		p.bar.SetTotal(int64(p.total), false)
	}
}

// Begin implements platform.Progress.
func (p *progress) Begin(task string) (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = append(p.running, task)
	began := time.Now()
	return func() { p.end(task, p.since(began)) }
}

// end counts a task as done.
func (p *progress) end(task string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.running {
		if other == task {
			p.running = append(p.running[:i], p.running[i+1:]...)
			break
		}
	}
	p.done++
	if p.bar != nil {
		p.bar.SetCurrent(int64(p.done))
		return
	}
	fmt.Fprintf(p.out, "%2d of %d: %s, %v\n", p.done, p.total, task, took.Round(100*time.Millisecond))
}

// present returns what is being done.
func (p *progress) present() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.running, ", ")
}

// remind writes a line from time to time: a build of minutes must not look like one that hangs.
func (p *progress) remind() {
	tick := time.NewTicker(stillEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
			p.still()
		}
	}
}

// still writes what is being done.
func (p *progress) still() {
	if now := p.present(); now != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintf(p.out, "%2d of %d, still busy with: %s\n", p.done, p.total, now)
	}
}

// Done ends the display. It must be called once.
func (p *progress) Done() {
	close(p.ended)
	if p.container == nil {
		return
	}
	p.bar.Abort(false) // no effect on a complete bar
	p.container.Wait()
}

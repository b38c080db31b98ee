package cli

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// Bar shows the progress of one task. Its methods are safe for concurrent use.
type Bar struct {
	mu          sync.Mutex
	name        string
	done, total int64
	out         io.Writer // for lines
	bar         *mpb.Bar  // nil if out gets lines
	container   *mpb.Progress
}

// NewBar begins a task of total steps. A total below 1 counts as 1. If out is a
// terminal it shows a bar, otherwise it writes a line at each tenth, so that a log
// stays short.
func NewBar(out io.Writer, name string, total int64) *Bar {
	b := &Bar{name: name, total: max(1, total), out: out}
	if !isTerminal(out) {
		return b
	}
	b.container = mpb.New(mpb.WithOutput(out), mpb.WithWidth(40))
	b.bar = b.container.AddBar(b.total,
		mpb.PrependDecorators(decor.Name(name, decor.WC{W: 24, C: decor.DindentRight})),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8})),
	)
	return b
}

// isTerminal reports whether out is a terminal.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Add counts n more steps as done. Steps beyond the total are ignored.
func (b *Bar) Add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.done
	b.done = min(b.total, b.done+n)
	if b.bar != nil {
		b.bar.SetCurrent(b.done)
		return
	}
	if tenth := b.done * 10 / b.total; tenth > before*10/b.total {
		fmt.Fprintf(b.out, "%s: %d %% (%d of %d)\n", b.name, tenth*10, b.done, b.total)
	}
}

// Done ends the display, also if steps are missing. It must be called once.
func (b *Bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return
	}
	b.bar.Abort(false) // no effect on a complete bar
	b.container.Wait()
}

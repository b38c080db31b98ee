package replica

import (
	"context"
	"sync"
	"time"
)

// defaultLogLines bounds the lines kept per function.
const defaultLogLines = 2000

// Line is one line that a replica printed.
type Line struct {
	Time     time.Time
	Instance string
	Text     string
}

// LogQuery selects lines.
type LogQuery struct {
	Since    time.Time // lines at or after this time; zero: all
	Tail     int       // at most the last Tail of the selected lines; 0 or less: all
	Instance string    // lines of this replica; empty: of all
	Follow   bool      // go on with new lines until the context ends
}

// Log keeps the last lines of a function's replicas. Its methods may be called
// concurrently. A slow reader never delays a writer; it misses lines instead.
type Log struct {
	now func() time.Time

	mu     sync.Mutex
	ring   []Line
	total  int           // lines ever added; line i is at ring[i % len(ring)]
	more   chan struct{} // closed and replaced when a line is added
	closed bool
}

// NewLog returns a log of at most size lines. It panics if size is below 1.
func NewLog(size int, now func() time.Time) *Log {
	if size < 1 {
		panic("replica: log size must be positive")
	}
	return &Log{now: now, ring: make([]Line, size), more: make(chan struct{})}
}

// Add appends one line with the time now.
func (l *Log) Add(instance, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.total%len(l.ring)] = Line{Time: l.now(), Instance: instance, Text: text}
	l.total++
	if !l.closed {
		close(l.more) // wakes all followers
		l.more = make(chan struct{})
	}
}

// Close ends all followers, after they have got the lines that they have not seen.
func (l *Log) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.more)
	}
}

// Query sends the selected lines, oldest first. The channel closes after the last
// line; for a follower, when the context ends or the log is closed.
func (l *Log) Query(ctx context.Context, q LogQuery) <-chan Line {
	// Without a buffer: a reader that stops must end ctx, or the goroutine waits for ever.
	lines := make(chan Line)
	go func() {
		defer close(lines)
		// Tail applies to the lines kept so far; a follower gets every later one.
		kept, next, more := l.read(0)
		selected := q.filter(kept)
		if q.Tail > 0 && len(selected) > q.Tail {
			selected = selected[len(selected)-q.Tail:]
		}
		// more is nil once the log is closed.
		for send(ctx, lines, selected) && q.Follow && more != nil {
			select {
			case <-more:
			case <-ctx.Done():
				return
			}
			kept, next, more = l.read(next)
			selected = q.filter(kept)
		}
	}()
	return lines
}

// read returns the lines from number from on that are still kept, the number of the
// next line, and a channel that closes when there is a further line. The channel is
// nil if there will be none.
func (l *Log) read(from int) ([]Line, int, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Older lines are overwritten: a slow reader continues with the oldest one that is kept.
	from = max(from, l.total-len(l.ring))
	lines := make([]Line, 0, l.total-from)
	for i := from; i < l.total; i++ {
		lines = append(lines, l.ring[i%len(l.ring)])
	}
	if l.closed {
		return lines, l.total, nil
	}
	return lines, l.total, l.more
}

// filter returns the lines that match Since and Instance.
func (q LogQuery) filter(lines []Line) []Line {
	var selected []Line
	for _, line := range lines {
		if line.Time.Before(q.Since) || (q.Instance != "" && q.Instance != line.Instance) {
			continue
		}
		selected = append(selected, line)
	}
	return selected
}

// send reports whether all lines were sent before the context ended.
func send(ctx context.Context, to chan<- Line, lines []Line) bool {
	for _, line := range lines {
		select {
		case to <- line:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

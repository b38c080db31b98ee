// Package attack calls functions as strangers do that want to stop them: with bodies and
// headers that never end, and with floods of requests that are refused. It is for tests
// against the local platform. It needs no credentials, as a stranger has none.
package attack

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// dialTimeout bounds the wait for a connection to the gateway.
const dialTimeout = 5 * time.Second

// Attack is what one connection does until its context ends or the other side closes it. It
// calls saw with the status of each answer.
type Attack func(ctx context.Context, conn net.Conn, path string, saw func(status int)) error

// Options of Run.
type Options struct {
	Address     string            // host:port of the gateway
	Paths       []string          // of the functions, such as /function/scaler
	Attacks     map[string]Attack // by name; Kinds() by default
	Connections int               // at a time, spread evenly over attacks and paths
}

// Report counts the answers by "attack path status", and the connections of an attack by
// "attack path connections".
type Report struct {
	mu     sync.Mutex
	counts map[string]int
}

// Run attacks until ctx ends. A connection that ends is replaced.
func Run(ctx context.Context, o Options) *Report {
	if o.Attacks == nil {
		o.Attacks = Kinds()
	}
	r := &Report{counts: map[string]int{}}
	names := slices.Sorted(maps.Keys(o.Attacks))
	var attackers sync.WaitGroup
	for i := range o.Connections {
		name, path := names[i%len(names)], o.Paths[i/len(names)%len(o.Paths)]
		attackers.Go(func() {
			for ctx.Err() == nil {
				r.count(name, path, "connections")
				_ = r.connect(ctx, o.Address, name, path, o.Attacks[name]) // the next one is as good
				pause(ctx, retryPause)
			}
		})
	}
	attackers.Wait()
	return r
}

// connect attacks with one connection until it ends.
func (r *Report) connect(ctx context.Context, address, name, path string, attack Attack) error {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The end of ctx also ends a read or write that waits.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	return attack(ctx, conn, path, func(status int) { r.count(name, path, fmt.Sprint(status)) })
}

func (r *Report) count(words ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[strings.Join(words, " ")]++
}

// Count returns how many answers or connections have all the given words.
func (r *Report) Count(words ...string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for key, count := range r.counts {
		fields := strings.Fields(key)
		if !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(fields, word) }) {
			n += count
		}
	}
	return n
}

// String lists the counts, one a line.
func (r *Report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprintf(&b, "%s %d\n", key, r.counts[key])
	}
	return b.String()
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

package scaler

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"

	"prewarm/shared/event"
)

// replay reads the stream of decisions, one reader at a time.
type replay struct {
	reads shared // those that succeed
	last  uint64 // sequence number of the last message that was read

	own published
}

// readDecisions reads the decisions that were published since the last batch; after
// a start, those of the last hour. It reads before every batch, because during a
// rolling update a second scaler runs, and its decisions must not be made again. Batches that
// come meanwhile share the next read.
func (s *Scaler) readDecisions(ctx context.Context) error {
	r := &s.replay
	return r.reads.do(ctx, func() (bool, error) {
		if s.state.wentBack(s.now()) {
			s.rewind()
		}
		last, err := s.bus.ReplayAfter(ctx, event.TypeDecisions, r.last, replaySince, s.restore)
		if err == nil {
			r.last = last
		}
		return err == nil, err
	})
}

// rewind replaces what was noted while the clock was ahead, after it was set back. The state of
// a function is replaced when it is next used. The stream is read again, since a wrong clock
// may have chosen the wrong hour of it.
func (s *Scaler) rewind() {
	s.log.Warn("the clock was set back")
	s.replay.last = 0
	s.metrics.rewind(s.now())
}

// restore takes over the decisions of a message of the stream, unless they are this scaler's.
func (s *Scaler) restore(body []byte) {
	if s.replay.own.take(body) {
		return
	}
	var published event.Decisions
	if _, err := event.Open(s.cfg.Keys, event.TypeDecisions, body, &published); err != nil {
		// Skipped, since a message that cannot be read now can never be read,
		// and would stop every batch from here on.
		s.log.Warn("a published decision cannot be read", "error", err)
		return
	}
	own := slices.DeleteFunc(published.Decisions, func(d event.Decision) bool { return !s.owns(d.Function) })
	looked := s.views.lists()
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	for _, d := range own {
		s.state.restore(d, s.now(), looked)
	}
	s.starts.restore(own)
}

// published knows the messages that this scaler has published and has not read back yet, by
// their hash: what they decide is known. The zero value knows none. It is safe for concurrent
// use.
type published struct {
	seed maphash.Seed
	mu   sync.Mutex
	sums map[uint64]struct{}
}

// maxPublished bounds the messages that are known. Of a stream that loses its messages, none
// is read back.
const maxPublished = 10_000

// add notes a message.
func (p *published) add(body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sums == nil || len(p.sums) >= maxPublished {
		p.seed, p.sums = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	p.sums[maphash.Bytes(p.seed, body)] = struct{}{}
}

// take reports whether a message is known, and forgets it.
func (p *published) take(body []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sums) == 0 {
		return false
	}
	sum := maphash.Bytes(p.seed, body)
	_, known := p.sums[sum]
	delete(p.sums, sum)
	return known
}

package store

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Start starts VictoriaMetrics and returns when it answers queries. ctx bounds
// the start only; Stop ends the store.
//
// Three of its defaults are changed, because steps here can be as short as a
// second: queries see the newest samples instead of those older than 30 s, the
// list of targets is read twice a second, and memory is written to disk every
// second, so that a kill -9 loses at most that second.
func Start(ctx context.Context, options Options) (*Store, error) {
	p, err := prepare(options, "")
	if err != nil {
		return nil, fmt.Errorf("start victoria-metrics: %w", err)
	}
	// The memory is bounded too: by default the store takes 60 % of the machine's, which the
	// functions need.
	c, err := startChild(ctx, "victoria-metrics", "http://"+p.address+"/health", p.Logger,
		p.Binary,
		"-httpListenAddr="+p.address,
		"-storageDataPath="+p.data,
		"-promscrape.config="+p.config,
		"-promscrape.maxScrapeSize="+maxScrapeSize,
		"-promscrape.httpSDCheckInterval="+milliseconds(discoveryPeriod),
		fmt.Sprintf("-retentionPeriod=%dd", days(p.Retention)),
		"-search.latencyOffset=0s",
		"-inmemoryDataFlushInterval=1s",
		"-memory.allowedBytes=256MB",
		"-http.maxGracefulShutdownDuration=1s",
		"-loggerLevel=WARN",
	)
	if err != nil {
		return nil, err
	}
	return &Store{address: p.address, flushPath: "/internal/force_flush", child: c}, nil
}

// maxScrapeSize bounds the answer of a target: a gateway with 10,000 functions that have been
// called answers with 20 MB, more than the store takes by default.
const maxScrapeSize = "128MB"

// days rounds up.
// The flag takes whole days, and no sample may be dropped early.
func days(d time.Duration) int { return int(math.Ceil(d.Hours() / 24)) }

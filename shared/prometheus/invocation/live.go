package invocation

import (
	"context"
	"time"

	prom "prewarm/shared/prometheus"
)

// Live is the gateways that exist and whose latest scrape succeeded.
type Live struct {
	addresses map[address]bool
	metric    string // shows their scrapes with the fewest series
}

// Live returns the live gateways at the end of what was read.
func (c *Chunk) Live() Live {
	l := Live{addresses: map[address]bool{}, metric: Deployed}
	starts, tries := true, true
	for _, t := range c.targets {
		if !c.gone(t) && t.tried <= t.at {
			l.addresses[t.address] = true
			starts, tries = starts && t.started != 0, tries && t.tried != 0
		}
	}
	// Process and Up have one series per target, if they have those of the gateways.
	if starts {
		l.metric = Process
	}
	if tries {
		l.metric = Up
	}
	return l
}

// CaughtUp reports whether every existing gateway was scraped at the end of the grid or
// later: the last step needs no other scrape.
func (c *Chunk) CaughtUp() bool { return c.covered(c.Grid.End()) }

// Visible reports whether the store shows, at now, a scrape of every live gateway at the
// given time or later. It is false if there is no live gateway. Times are Unix ms.
func (l Live) Visible(ctx context.Context, st Store, at, now int64) (bool, error) {
	if len(l.addresses) == 0 || now < at {
		return false, nil
	}
	var instances []string
	for of := range l.addresses {
		instances = append(instances, of[0])
	}
	waiting := len(l.addresses)
	seen := map[address]bool{}
	err := st.Each(ctx, l.metric, anyOf(labelInstance, instances), time.UnixMilli(at-1), time.UnixMilli(now), func(s prom.Series) error {
		if a := addressOf(s.Labels); l.addresses[a] && !seen[a] && len(s.Samples) > 0 {
			seen[a] = true
			waiting--
		}
		return nil
	})
	return err == nil && waiting == 0, err
}

// None reports whether there is no live gateway.
func (l Live) None() bool { return len(l.addresses) == 0 }

package invocation

import (
	"context"
	"slices"
	"time"

	prom "prewarm/shared/prometheus"
)

// Read reads the slice of time from At to the given time. After an error the chunk must
// not be used.
func (c *Chunk) Read(ctx context.Context, st Store, to int64) error {
	c.slice = c.at
	// Deployed and Started show which targets there are. Their series are kept until it is
	// known which targets are duplicates.
	deployed, err := c.readScrapes(ctx, st, Deployed, to)
	if err != nil {
		return err
	}
	started, err := c.readScrapes(ctx, st, Started, to)
	if err != nil {
		return err
	}
	if err := c.readTargets(ctx, st, to); err != nil {
		return err
	}
	c.dropDuplicates(started)
	c.at = to
	c.measureIntervals()
	c.takeEach(deployed, c.takeDeployed)
	c.takeEach(started, c.takeStarted)
	if err := c.readMetric(ctx, st, Ended, to, c.takeEnded); err != nil {
		return err
	}
	if err := c.readMetric(ctx, st, Seconds, to, c.takeSeconds); err != nil {
		return err
	}
	c.endSlice()
	return nil
}

// readScrapes returns the series of a metric, and adds the scrapes that they show.
func (c *Chunk) readScrapes(ctx context.Context, st Store, metric string, to int64) (all []Series, err error) {
	err = c.readMetric(ctx, st, metric, to, func(s Series) {
		c.addScrapes(s)
		all = append(all, s)
	})
	return all, err
}

// takeEach passes the series of targets that count to take. Of a shared target only
// the names of its functions count.
func (c *Chunk) takeEach(all []Series, take func(Series)) {
	for _, s := range all {
		switch t, ok := c.targets[s.Target]; {
		case t.shared:
			c.of(s)
		case ok:
			take(s)
		}
	}
}

// readMetric passes the series of the functions that are measured to take.
func (c *Chunk) readMetric(ctx context.Context, st Store, metric string, to int64, take func(Series)) error {
	return c.each(ctx, st, metric, nil, to, func(s prom.Series) {
		if metric == Deployed {
			c.addCluster(s.Labels)
		}
		own, ok := c.series(metric, s)
		// Deployed and Started come first and tell which targets there are.
		if t, known := c.targets[own.Target]; ok && (metric == Deployed || metric == Started || known && !t.shared) {
			take(own)
		}
	})
}

// readTargets reads what the store says of the gateways themselves. Most programs export
// Process, and every target has Up, so the queries name the instances of the gateways.
func (c *Chunk) readTargets(ctx context.Context, st Store, to int64) error {
	var instances []string
	for _, t := range c.targets {
		instances = append(instances, t.address[0])
	}
	if len(instances) == 0 {
		return nil
	}
	of := anyOf(labelInstance, instances)
	if err := c.each(ctx, st, Process, of, to, c.addStarts); err != nil {
		return err
	}
	return c.each(ctx, st, Up, of, to, c.addTries)
}

// each passes the series of a metric in the slice to take.
func (c *Chunk) each(ctx context.Context, st Store, metric string, m []prom.Matcher, to int64, take func(prom.Series)) error {
	return st.Each(ctx, metric, m, time.UnixMilli(c.slice), time.UnixMilli(to), func(s prom.Series) error {
		if len(s.Samples) > 0 {
			c.seen[metric] = true
			take(s)
		}
		return nil
	})
}

// series returns s as one of a function that is measured, on a target that counts.
func (c *Chunk) series(metric string, s prom.Series) (Series, bool) {
	label := s.Labels[labelFunction]
	name, ok := c.names.function(label)
	if !ok {
		return Series{}, false
	}
	target := c.targetName(s.Labels)
	return Series{name, target, s.Samples, key{metric, label, s.Labels[labelCode], target}, addressOf(s.Labels)}, true
}

// measureIntervals sets the usual time between two scrapes of each target: the median. One
// time alone may be a gap, and does not replace a usual one.
func (c *Chunk) measureIntervals() {
	for name, times := range c.scrapes {
		if len(times) < 2 {
			continue
		}
		gaps := make([]int64, len(times)-1)
		for i := range gaps {
			gaps[i] = times[i+1] - times[i]
		}
		slices.Sort(gaps)
		if t := c.targets[name]; len(gaps) > 1 || t.interval == 0 {
			t.interval = gaps[(len(gaps)-1)/2]
			c.targets[name] = t
		}
	}
}

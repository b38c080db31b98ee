package collector

// status is the answer to GET. Times are Unix seconds.
type status struct {
	StepSeconds int     `json:"step_seconds"`
	LastStep    int64   `json:"last_step"`               // end of the last published step, 0 for none
	LastResult  string  `json:"last_result"`             // of the latest tick
	Functions   int     `json:"functions"`               // windows in the last published step
	Provisional bool    `json:"provisional"`             // a part of the last step was not measured, or nothing of it
	LagSeconds  float64 `json:"store_lag_seconds"`       // time until the store shows a scrape
	Interval    float64 `json:"scrape_interval_seconds"` // usual time between two scrapes
	Gaps        []int64 `json:"gaps"`                    // begins of the unknown steps after the first step with data
	Shards      int     `json:"shards,omitempty"`        // if there are several
	Owned       []int   `json:"owned,omitempty"`         // shards of this replica
}

// report writes the outcome of a tick to the log, the metrics and the status.
func (c *Collector) report(o Outcome, err error) {
	unknown := c.cache.unknownSteps()
	// A copy: readers of the status may hold the old one. Only the tick writes, so
	// nothing is lost between Load and Store.
	next := *c.status.Load()
	next.LastResult, next.Gaps = o.Result, unknown
	next.Provisional, next.LagSeconds, next.Interval = c.cache.provisional(), c.cache.pace.lag().Seconds(), c.cache.pace.interval.Seconds()
	c.metrics.provisional.Set(0)
	if next.Provisional {
		c.metrics.provisional.Set(1)
	}
	c.metrics.lag.Set(next.LagSeconds)
	c.metrics.interval.Set(next.Interval)
	c.warnStore()
	c.metrics.ticks.WithLabelValues(o.Result).Inc()
	c.metrics.missing.Set(float64(len(unknown)))
	switch o.Result {
	case resultPublished:
		next.LastStep, next.Functions = o.Step, o.Functions
		c.metrics.windows.Set(float64(o.Functions))
		c.metrics.lastStep.Set(float64(o.Step))
		c.log.Info("windows published", "step", o.Step, "functions", o.Functions, "missing_steps", len(unknown), "provisional", next.Provisional)
	case resultNothingNew:
		// Debug, because cron may call several times per step.
		c.log.Debug("nothing new", "step", o.Step)
	default:
		c.log.Error("tick failed: nothing is scaled on this step", "step", o.Step, "result", o.Result, "error", err)
	}
	c.status.Store(&next)
}

// warnStore logs what is wrong with the scrape targets.
func (c *Collector) warnStore() {
	for _, address := range c.cache.shared {
		c.log.Error("a scrape target is several gateways behind one address, so that nothing can be counted: let Prometheus scrape each gateway itself", "instance", address)
	}
	if clusters := c.cache.clusters; clusters != c.warnedClusters {
		c.warnedClusters = clusters
		if clusters != "" {
			c.log.Warn("the store has the gateways of several clusters, whose calls are counted together: select one with prometheus_matchers", "clusters", clusters)
		}
	}
}

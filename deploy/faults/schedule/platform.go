package schedule

import "slices"

// PlatformLinks returns the links that have a proxy on the platform, as cells without a kind.
func PlatformLinks() []Cell {
	return cells(Platform, "",
		link{Collector, Store}, link{Collector, Gateway}, link{Collector, NATS}, link{Predictor, NATS}, link{Scaler, Gateway}, link{Scaler, NATS},
		link{Dashboard, NATS}, link{Connector, NATS}, link{Connector, Gateway}, link{Cron, Gateway},
	)
}

// PlatformCells returns what can break at the level Platform.
func PlatformCells() []Cell {
	all := []Part{Store, NATS, Gateway, Connector, Collector, Predictor, Scaler, Dashboard, Cron}
	out := slices.Concat(
		on(Platform, Kill, all...), on(Platform, Stop, all...),
		on(Platform, Rollout, Collector, Predictor, Scaler, Dashboard),
		on(Platform, Disk, NATS),
		streams(Platform, Wipe, "PREWARM_WINDOWS", "PREWARM_FORECASTS", "PREWARM_DECISIONS", "KV_prewarm_control", "KV_prewarm_modes"),
		streams(Platform, Duplicate, "PREWARM_WINDOWS", "PREWARM_FORECASTS"),
		streams(Platform, Reorder, "PREWARM_WINDOWS", "PREWARM_FORECASTS"),
	)
	for _, kind := range []Kind{Slow, Cut, Error, LostAck} {
		for _, c := range PlatformLinks() {
			c.Kind = kind
			if kind != Error || c.To != NATS { // 503 is an answer of HTTP
				out = append(out, c)
			}
		}
	}
	return out
}

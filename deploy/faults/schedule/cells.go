package schedule

import "slices"

// link is a client and the part that it asks.
type link struct{ from, to Part }

// cells returns a cell for each link.
func cells(level Level, kind Kind, links ...link) (out []Cell) {
	for _, l := range links {
		out = append(out, Cell{Level: level, Kind: kind, Part: l.from, To: l.to})
	}
	return out
}

// streams returns a cell for each stream of NATS.
func streams(level Level, kind Kind, names ...string) (out []Cell) {
	for _, name := range names {
		out = append(out, Cell{Level: level, Kind: kind, Part: NATS, What: name})
	}
	return out
}

// on returns a cell for each part.
func on(level Level, kind Kind, parts ...Part) (out []Cell) {
	for _, p := range parts {
		out = append(out, Cell{Level: level, Kind: kind, Part: p})
	}
	return out
}

// VirtualCells returns what can break at the level Virtual.
func VirtualCells() []Cell {
	publishes := []link{{Collector, NATS}, {Predictor, NATS}, {Scaler, NATS}}
	delivers := []link{{Connector, Predictor}, {Connector, Scaler}}
	lists := []link{{Collector, Gateway}, {Scaler, Gateway}}
	return slices.Concat(
		on(Virtual, Kill, Collector, Predictor, Scaler, Gateway, Store),
		cells(Virtual, Error, slices.Concat(publishes, delivers, lists, []link{{Collector, Store}, {Cron, Collector}})...),
		cells(Virtual, LostAck, slices.Concat(publishes, delivers, []link{{Scaler, Gateway}})...),
		cells(Virtual, Slow, slices.Concat(delivers, []link{{Cron, Collector}, {Collector, Store}})...),
		cells(Virtual, Duplicate, delivers...), cells(Virtual, Reorder, delivers...),
		on(Virtual, Clock, Collector, Scaler),
		cells(Virtual, List, lists...),
		streams(Virtual, Wipe, "windows", "forecasts", "decisions"),
	)
}

// Only keeps the cells with one of the kinds and one of the parts, as Part or To. An empty
// list keeps all.
func Only(all []Cell, kinds []Kind, parts []Part) []Cell {
	return slices.DeleteFunc(slices.Clone(all), func(c Cell) bool {
		part := len(parts) == 0 || slices.Contains(parts, c.Part) || slices.Contains(parts, c.To)
		return !part || len(kinds) > 0 && !slices.Contains(kinds, c.Kind)
	})
}

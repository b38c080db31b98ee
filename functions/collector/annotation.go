package collector

import (
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// isOff reports whether the function is to be left alone: by the mode that the operator has
// set, else by its annotation. An annotation that cannot be read does not switch off: the
// scaler then only observes the function and gives the reason.
func isOff(f openfaas.Function, modes map[string]event.Mode) bool {
	if set, ok := modes[f.Name]; ok {
		return set.Mode == string(openfaas.ModeOff)
	}
	// The error is left to the scaler, which reads the same annotation and puts the
	// reason into the decision.
	mode, _ := f.Mode(openfaas.ModeObserve)
	return mode == openfaas.ModeOff
}

// describe adds to a window what one replica of f carries.
func (c *Collector) describe(w *event.FunctionWindow, f openfaas.Function) {
	// With an error, the next source applies: one unreadable label must not take a function
	// out of the chain.
	carries, err := f.Carries(c.cfg.Concurrency)
	if err != nil {
		c.warnOnce(f.Name, "carries", err.Error(), err)
	}
	w.Concurrency, w.CallsPerReplica, w.CarriesBy = carries.Concurrency, carries.CallsPerReplica, carries.By
	// A replica that carries so many calls per second serves as many at a time as Little's
	// law gives for their duration, unless it refuses further ones.
	if w.CallsPerReplica == 0 || f.MaxInflight != 0 {
		return
	}
	w.Concurrency = max(w.Concurrency, min(w.CallsPerReplica*w.MeanDuration(), event.MaxConcurrency))
}

// replicaModel returns the name of the replica model that f asks for, empty if
// it asks for none or the name is refused.
func (c *Collector) replicaModel(f openfaas.Function) string {
	name, err := f.ReplicaModel()
	c.warnOnce(f.Name, openfaas.AnnotationReplicaModel, f.Annotations[openfaas.AnnotationReplicaModel], err)
	return name
}

// value names what can be refused of a function: an annotation, or its name.
type value struct{ function, key string }

// warnOnce logs a refused value of a function, once until the value changes. It
// does nothing if err is nil.
func (c *Collector) warnOnce(function, key, text string, err error) {
	// Ticks repeat every step. Without this, one mistake would fill the log.
	if v := (value{function, key}); err != nil && c.warned[v] != text {
		c.warned[v] = text
		c.log.Warn("function is misconfigured", "function", function, "error", err)
	}
}

package main

import (
	"fmt"
	"io"

	"prewarm/models/train/corpus"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
)

// gather reads the functions of all traces that models are trained on, or generates
// functions if there is no trace.
func gather(s options, log io.Writer) ([]fit.Task, error) {
	s.reader.Log = log
	all, err := corpus.All(s.reader, s.traces)
	if err != nil {
		return nil, err
	}
	// A checkout without the traces can still train, if only to see that the command
	// works. The log states it, as the weights are not those of the shipped model.
	if len(all) == 0 {
		fmt.Fprintf(log, "no trace under %s: training on generated functions\n", s.traces)
		t, err := corpus.Generated(s.training.Seed)
		if err != nil {
			return nil, err
		}
		all = []*trace.Trace{t}
	}
	for _, t := range all {
		fmt.Fprintf(log, "%s: %d functions, %d minutes\n", t.Layout, len(t.Functions), t.Minutes)
	}
	return corpus.Tasks(all), nil
}

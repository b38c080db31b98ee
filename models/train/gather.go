package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"prewarm/models/train/corpus"
	"prewarm/models/train/fit"
	"prewarm/shared/trace"
)

// gather reads the functions that models are trained on.
func gather(s options, log io.Writer) ([]fit.Task, error) {
	all, err := s.gather(log)
	return corpus.Tasks(all), err
}

// gather reads the traces that models are trained on: those of -trace or the known ones
// under -traces. Only -generate makes functions up.
func (s options) gather(log io.Writer) ([]*trace.Trace, error) {
	s.reader.Log = log
	all, err := s.read()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		if !s.generate {
			return nil, s.noTrace()
		}
		// The log states it, as the weights are not those of the shipped model.
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
	return all, nil
}

// read reads the traces that the flags name. There may be none under -traces.
func (s options) read() ([]*trace.Trace, error) {
	if len(s.own) == 0 {
		return corpus.All(s.reader, s.traces)
	}
	var all []*trace.Trace
	for _, path := range s.own {
		t, err := s.reader.Open(path)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// noTrace returns the error of a directory without a known trace, with what is there
// instead.
func (s options) noTrace() error {
	entries, err := os.ReadDir(s.traces)
	if err != nil {
		return fmt.Errorf("-traces: %w (-generate trains on generated functions)", err)
	}
	var names []string
	for _, e := range entries[:min(len(entries), 5)] {
		names = append(names, e.Name())
	}
	return fmt.Errorf("no trace to train on: %s must have one of the folders %s, has: %s; -trace names your own data or any other trace, -generate trains on generated functions",
		s.traces, strings.Join(corpus.Folders(), ", "), strings.Join(names, ", "))
}

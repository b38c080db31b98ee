package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"prewarm/models/evaluate/audit"
	"prewarm/models/evaluate/report"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/code"
	"prewarm/models/train/corpus"
	"prewarm/shared/cli"
	"prewarm/shared/trace"
)

// chapter is a group of sections that a flag selects. The report is written after
// each chapter.
type chapter struct {
	name   string
	wanted bool
	write  func(context.Context, *study) error // adds its sections to the study
}

// chapters returns the chapters that the flags select: the embedded model if they
// select nothing else.
func (o *options) chapters() []chapter {
	other := o.folds > 0 || o.transfer || o.hourly || o.audit
	return slices.DeleteFunc([]chapter{
		{"embedded model", o.all || !other, scoreEmbedded},
		{"folds", o.folds > 0, scoreFolds},
		{"from one data set to another", o.all || o.transfer, scoreTransfers},
		{"hourly mode", o.all || o.hourly, scoreHourly},
		{"published claims", o.all || o.audit, auditClaims},
	}, func(c chapter) bool { return !c.wanted })
}

// study is what the chapters of a report share.
//
// Chapters run one after the other and add sections; a study is not safe for
// concurrent use. Within a chapter, trainings and functions run in parallel.
type study struct {
	options
	log      io.Writer
	cache    training.Cache
	trained  []*trace.Trace   // traces that models are trained on, nil before corpus has read them
	sections []report.Section // added so far
}

// newStudy returns a study without sections. The command must be run in the root
// of the repository for trained models to be found again: elsewhere the identity of
// the code that trains is that of the whole program.
func newStudy(o options, log io.Writer) (*study, error) {
	o.reader.Log = log
	version, err := code.At(".")
	if err != nil {
		return nil, err
	}
	return &study{
		options: o, log: log,
		cache: training.Cache{Dir: o.cache, Code: version, Log: log},
	}, nil
}

// add appends a section to the report.
func (st *study) add(s report.Section) { st.sections = append(st.sections, s) }

// corpus returns the traces that models are trained on, at least one. It reads
// them once, since several chapters need them.
func (st *study) corpus() ([]*trace.Trace, error) {
	if st.trained != nil {
		return st.trained, nil
	}
	all, err := corpus.All(st.reader, st.traces)
	// An error here rather than models that are trained on nothing.
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no trace to train on: %s has none of the folders %v", st.traces, corpus.Folders())
	}
	st.trained = all
	return all, err
}

// scored returns the traces to score: the one of -trace, or with -all those that
// models are trained on.
func (st *study) scored() ([]*trace.Trace, error) {
	if st.all {
		return st.corpus()
	}
	t, err := st.reader.Open(st.trace)
	if err != nil {
		return nil, err
	}
	return []*trace.Trace{t}, nil
}

// called returns the functions of t that have a call and for which keep, unless
// it is nil, returns true. In a trace that counts cold starts instead of calls,
// each of them stands for a replica that is needed for a whole minute.
func called(t *trace.Trace, keep func(trace.Function) bool) []trace.Function {
	var functions []trace.Function
	for _, f := range t.Functions {
		if t.Layout == trace.Huawei2025 || t.Layout == trace.Huawei2025Regions {
			// f is a copy of the loop; the trace keeps its duration.
			f.Duration = 60
		}
		if f.Calls() > 0 && (keep == nil || keep(f)) {
			functions = append(functions, f)
		}
	}
	return functions
}

// untrained returns whether a function of t was not used to train the embedded model.
func untrained(t *trace.Trace) func(trace.Function) bool {
	return func(f trace.Function) bool { return corpus.Untrained(t.Layout, f) }
}

// score adds a section with the scores of an experiment for each bound of the
// history, and one that compares them if there are several. It sets the stride by the
// number of minutes, so that small traces have narrow intervals and large ones do
// not take hours.
func (st *study) score(ctx context.Context, e experiment, name string) error {
	e.stride = st.strideOf(len(e.functions) * e.trace.Minutes)
	if len(e.functions) == 0 {
		return fmt.Errorf("%s: no function to score has a call", e.trace.Layout)
	}
	e.shortest = slices.Min(st.histories())
	protocol, part := e.protocol, name
	var all []*scores
	for _, e.history = range st.histories() {
		if st.history != nil {
			e.protocol, part = fmt.Sprintf("%s, history of %s", protocol, span(e.history)), fmt.Sprintf("%s-history-%d", name, e.history)
		}
		s, err := st.scoreHistory(ctx, e, part)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	if st.comparesHistories() {
		st.add(compareHistories(name, fmt.Sprintf("%s: %s", e.trace.Layout, protocol), all))
	}
	return nil
}

// scoreHistory adds a section with the scores of an experiment with one bound of the
// history, and returns them. The progress counts functions.
func (st *study) scoreHistory(ctx context.Context, e experiment, name string) (*scores, error) {
	fmt.Fprintf(st.log, "%s: %d of %d functions, %d minutes; %s\n", e.trace.Layout, len(e.functions), len(e.trace.Functions), e.trace.Minutes, e.protocol)
	bar := cli.NewBar(st.log, "score "+name, int64(len(e.functions)))
	defer bar.Done()
	p, err := e.predict(ctx, bar)
	if err != nil {
		return nil, err
	}
	s := e.scores(p)
	st.add(s.section(name))
	return s, nil
}

// slug returns a name in lower case, with - for everything but letters and digits.
// It serves for traces in names of sections and for methods in -model.
func slug[T ~string](name T) string {
	words := strings.FieldsFunc(strings.ToLower(string(name)), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// auditSeed is the seed of the networks, forests and draws of the audit.
const auditSeed = 1

// auditClaims adds the section about published protocols.
func auditClaims(ctx context.Context, st *study) error {
	r, err := audit.Run(ctx, st.traces, auditSeed, st.log)
	if err != nil {
		return err
	}
	st.add(r.Section())
	return nil
}

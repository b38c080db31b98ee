package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"prewarm/models"
	"prewarm/models/evaluate/report"
	"prewarm/models/evaluate/training"
	"prewarm/models/train/code"
	"prewarm/models/train/corpus"
	"prewarm/shared/cli"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
)

// chapter writes sections of a report.
type chapter struct {
	name  string
	write func(context.Context, *study) ([]report.Section, error)
}

// chapters returns what the flags ask for.
func (s *settings) chapters() []chapter {
	var list []chapter
	if s.all {
		return []chapter{
			{"embedded model, all traces", embeddedOnAll}, {"folds, all traces", foldsOnAll}, {"from one data set to another", transfers},
			{"hourly mode", hourlyMode}, {"published claims", auditClaims},
		}
	}
	if s.folds > 0 {
		list = append(list, chapter{"folds", foldsOnOne})
	}
	if s.transfer {
		list = append(list, chapter{"from one data set to another", transfers})
	}
	if s.hourly {
		list = append(list, chapter{"hourly mode", hourlyMode})
	}
	if s.audit {
		list = append(list, chapter{"published claims", auditClaims})
	}
	if len(list) == 0 {
		list = append(list, chapter{"embedded model", embeddedOnOne})
	}
	return list
}

// study is what the chapters of a report share.
type study struct {
	settings
	log    io.Writer
	reader cli.TraceReader
	cache  training.Cache
	traces []*trace.Trace // that models are trained on, once read
}

func newStudy(s settings, log io.Writer) (*study, error) {
	trained, err := code.At(".")
	if err != nil {
		return nil, err
	}
	return &study{
		settings: s, log: log, reader: cli.TraceReader{SkipBadRows: s.skipBadRows, Log: log},
		cache: training.Cache{Dir: s.cache, Code: trained, Log: log},
	}, nil
}

// corpus returns the traces that models are trained on.
func (st *study) corpus() ([]*trace.Trace, error) {
	if st.traces != nil {
		return st.traces, nil
	}
	all, err := corpus.All(st.reader, st.settings.traces)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no trace to train on: %s has none of the folders %v", st.settings.traces, corpus.Folders())
	}
	st.traces = all
	return all, err
}

// one returns the trace that -trace names.
func (st *study) one() (*trace.Trace, error) { return st.reader.Open(st.trace) }

// embedded returns the embedded model, or that of a file.
func (st *study) embedded() (*forecast.Predictor, error) { return models.Open(st.model) }

// called returns the functions of t that are called at least once and that
// keep, unless it is nil, is true of. Where a trace counts cold starts, each
// stands for a replica that its minute needs.
func called(t *trace.Trace, keep func(trace.Function) bool) []trace.Function {
	var functions []trace.Function
	for _, f := range t.Functions {
		if t.Layout == trace.Huawei2025 || t.Layout == trace.Huawei2025Regions {
			f.Duration = 60
		}
		if f.Calls() > 0 && (keep == nil || keep(f)) {
			functions = append(functions, f)
		}
	}
	return functions
}

// untrained reports whether the embedded model was not trained on a function:
// it is of another trace or of the test split.
func untrained(t *trace.Trace) func(trace.Function) bool {
	foreign := !slices.Contains(corpus.Folders(), string(t.Layout))
	return func(f trace.Function) bool {
		return foreign || fit.GroupOf(fit.OwnerOf(t.Layout, f)) == fit.TestGroup
	}
}

// section scores an experiment and puts it into a report.
func (st *study) section(ctx context.Context, e experiment, name, protocol string) (report.Section, error) {
	e.stride = st.strideOf(len(e.functions) * e.trace.Minutes)
	if len(e.functions) == 0 {
		return report.Section{}, fmt.Errorf("%s: no function that is called is to be scored", e.trace.Layout)
	}
	fmt.Fprintf(st.log, "%s: %d of %d functions, %d minutes; %s\n", e.trace.Layout, len(e.functions), len(e.trace.Functions), e.trace.Minutes, protocol)
	bar := cli.NewBar(st.log, "score "+name, int64(len(e.functions)))
	defer bar.Done()
	o, err := e.score(ctx, bar)
	if err != nil {
		return report.Section{}, err
	}
	return o.result(e, protocol).section(name), nil
}

// slug returns a layout as part of a section's name.
func slug(l trace.Layout) string {
	b := []byte(filepath.Base(string(l)))
	for i, c := range b {
		if c == '_' {
			b[i] = '-'
		}
	}
	return string(b)
}

// Command evaluate scores forecasts beside baselines, on functions that no part
// of the model was trained on, and writes a report.
//
//	go run ./models/evaluate -trace ../shared/traces/azure2019
//	go run ./models/evaluate -trace ../shared/traces/azure2019 -folds 5 -seeds 5
//	go run ./models/evaluate -all -traces ../shared/traces
//	go run ./models/evaluate -trace DIR -model NAME -forecasts OUT.csv
//
// The first command scores the embedded model on its test split. The second
// trains models by folds and scores every function of the trace. The third
// computes all figures of the model cards. The last one exports forecasts.
//
// Trained models are kept in the directory -cache, so that an interrupted command
// continues when it is started again. README.md describes protocol and tables.
//
// The parts, in the order in which they run:
//
//   - options: the flags. They select chapters of the report.
//   - study: what the chapters share: traces, cache of models, sections so far.
//   - scoreEmbedded, scoreFolds, scoreTransfers: each makes experiments, which select
//     the models to score and the functions to score them on. scoreHourly and
//     auditClaims have packages of their own, hourly and audit.
//   - predictions: what all methods of package method predict in an experiment,
//     beside what was observed.
//   - scores: the figures of an experiment by package metric, and their tables and
//     plots as a section of package report.
package main

import (
	"context"
	"fmt"
	"io"

	"prewarm/models/evaluate/report"
	"prewarm/shared/cli"
)

func main() { cli.Main("evaluate", run) }

// run is the program: arguments in, the report to out and into files, progress
// and usage to log. With -forecasts it writes the CSV file instead of a report. It
// returns an error that wraps context.Canceled after an interrupt.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	st, err := newStudy(o, log)
	if err != nil {
		return err
	}
	if o.forecasts != "" {
		return st.exportForecasts(ctx)
	}
	r, err := st.write(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "report, figures and plots: %s\n", o.out)
	if o.json {
		return r.JSON(out)
	}
	return r.Markdown(out)
}

// write computes the chapters. After each one it writes the report so far, since
// all of them take more than an hour. The summary is the first chapter and is computed
// again each time.
func (st *study) write(ctx context.Context) (*report.Report, error) {
	r := &report.Report{Title: "Evaluation", Text: "Made by models/evaluate. AP is average precision, ECE the expected calibration error in 15 bins; +h is the horizon in minutes."}
	for _, c := range st.chapters() {
		fmt.Fprintf(st.log, "%s\n", c.name)
		if err := c.write(ctx, st); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		r.Sections = append(summary(st.sections), st.sections...)
		if err := r.Write(st.out); err != nil {
			return nil, err
		}
	}
	return r, nil
}

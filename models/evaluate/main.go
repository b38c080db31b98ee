// Command evaluate scores the forecasts beside baselines, on functions that no
// part of them was trained on.
//
//	go run ./models/evaluate -trace ../shared/traces/azure2019
//	go run ./models/evaluate -trace ../shared/traces/azure2019 -folds 5 -seeds 5
//	go run ./models/evaluate -all -traces ../shared/traces
//	go run ./models/evaluate -trace DIR -model NAME -forecasts OUT.csv
//
// The first scores the embedded model on its test split; the second, by models
// trained for it, on every function of the trace; the third does all that the
// model card rests on. Models that were trained are kept in -cache: what was
// interrupted is taken up again. From each origin (every -stride minutes from
// minute 180 on) every method sees the minutes before the origin only.
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
// and usage to log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	s, err := parse(args, log)
	if err != nil {
		return err
	}
	st, err := newStudy(s, log)
	if err != nil {
		return err
	}
	if s.forecasts != "" {
		return st.exportForecasts(ctx)
	}
	r, err := st.write(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "report, figures and plots: %s\n", s.out)
	if s.json {
		return r.JSON(out)
	}
	return r.Markdown(out)
}

// write makes the chapters, and puts what is there so far into files after
// each.
func (st *study) write(ctx context.Context) (*report.Report, error) {
	r := &report.Report{Title: "Evaluation", Text: "Made by models/evaluate. AP is average precision, ECE the expected calibration error in 15 bins; +h is the horizon in minutes."}
	var all []report.Section
	for _, c := range st.chapters() {
		fmt.Fprintf(st.log, "%s\n", c.name)
		sections, err := c.write(ctx, st)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		all = append(all, sections...)
		r.Sections = all
		if first, ok := summary(all); ok {
			r.Sections = append([]report.Section{first}, all...)
		}
		if err := r.Write(st.out); err != nil {
			return nil, err
		}
	}
	return r, nil
}

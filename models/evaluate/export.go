package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/models/train/fit"
	"prewarm/shared/cli"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/trace"
)

// forecastFunc returns the forecasts for a function at the given origins.
type forecastFunc func(f trace.Function, origins []method.Origin) ([]method.Forecast, error)

// exportForecasts writes the forecasts of -model, or of models by folds, to a CSV
// file for other programs, such as a simulator. By default it exports all
// functions, also those that the embedded model was trained on; the log has the number
// of the others.
func (st *study) exportForecasts(ctx context.Context) error {
	t, err := st.reader.Open(st.trace)
	if err != nil {
		return err
	}
	forecast, err := st.forecaster(ctx, t)
	if err != nil {
		return err
	}
	functions, test := called(t, nil), called(t, untrained(t))
	if st.functions == "test" {
		functions = test
	}
	if len(functions) == 0 {
		return fmt.Errorf("%s: no function to export has a call", st.trace)
	}
	if least := method.WarmUp + feature.Horizons; t.Minutes < least {
		return fmt.Errorf("%s: too short to forecast: must have at least %d minutes, has: %d", st.trace, least, t.Minutes)
	}
	fmt.Fprintf(st.log, "%s: %d functions; the embedded model was not trained on %d of them\n", t.Layout, len(functions), len(test))
	bar := cli.NewBar(st.log, "export", int64(len(functions)))
	defer bar.Done()
	return cli.WriteFile(st.forecasts, func(w io.Writer) error {
		return export(ctx, w, t, functions, st.sampleStride(), forecast, func() { bar.Add(1) })
	})
}

// forecaster returns the method that -model names: a baseline, a part of the
// embedded model, or a whole model, of a file, embedded or by folds.
func (st *study) forecaster(ctx context.Context, t *trace.Trace) (forecastFunc, error) {
	for _, b := range method.Baselines() {
		if slug(b.Name) == st.model {
			return func(_ trace.Function, origins []method.Origin) ([]method.Forecast, error) {
				return b.Forecasts(origins), nil
			}, nil
		}
	}
	if st.folds > 0 {
		models, err := st.foldModels(ctx, []*trace.Trace{t})
		if err != nil {
			return nil, err
		}
		return partForecaster(func(f trace.Function) method.Model { return models(fit.OwnerOf(t.Layout, f))[0] }, method.Full), nil
	}
	file, part := st.model, method.Full
	for _, name := range exportedParts() {
		if slug(name) == st.model {
			file, part = models.Full, name
		}
	}
	p, err := models.Open(file)
	if err != nil {
		return nil, fmt.Errorf("model %q is neither a file nor one of full, %s: %w", st.model, strings.Join(methodSlugs(), ", "), err)
	}
	return partForecaster(func(trace.Function) method.Model { return method.Model{Full: p} }, part), nil
}

// exportedParts returns the parts of the embedded model that -model can name.
func exportedParts() []string { return []string{method.GapHazard, method.NotAdapted, method.LSTMAlone} }

// methodSlugs returns the values of -model other than full and files.
func methodSlugs() []string {
	var all []string
	for _, b := range method.Baselines() {
		all = append(all, slug(b.Name))
	}
	for _, name := range exportedParts() {
		all = append(all, slug(name))
	}
	return all
}

// partForecaster returns the forecasts of one part of a function's model.
func partForecaster(model func(trace.Function) method.Model, part string) forecastFunc {
	return func(f trace.Function, origins []method.Origin) ([]method.Forecast, error) {
		m := model(f)
		// All horizons, since each becomes a row; scores need the first one only.
		forecasts, err := m.Forecasts(origins, feature.Horizons)
		if err != nil {
			return nil, err
		}
		return forecasts[slices.Index(m.Parts(), part)], nil
	}
}

// exportBatch is the number of origins whose forecasts are in memory at once, so
// that memory does not grow with the length of a trace.
const exportBatch = 512

// export writes one row per function, origin and horizon. minute is the index of
// the origin in the trace, from 0: the row is made from data before that minute
// and predicts minute + horizon - 1. done is called after each function.
func export(ctx context.Context, w io.Writer, t *trace.Trace, functions []trace.Function, stride int, forecast forecastFunc, done func()) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"function", "minute", "horizon", "p_active", "need_q50", "need_q90", "need_q95", "need_q99", "expected_cold"}); err != nil {
		return err
	}
	for _, f := range functions {
		// The origins of one function come in order, so a reader of the file can
		// stop at a minute without sorting.
		for batch := range slices.Chunk(method.Origins(t, f, stride), exportBatch) {
			if err := ctx.Err(); err != nil {
				return err
			}
			forecasts, err := forecast(f, batch)
			if err != nil {
				return fmt.Errorf("function %s: %w", f.Name, err)
			}
			for i := range batch {
				if err := writeRows(out, &batch[i], &forecasts[i]); err != nil {
					return err
				}
			}
		}
		done()
	}
	out.Flush()
	return out.Error()
}

// writeRows writes the rows of one origin, one per horizon. expected_cold is about
// the whole hour and repeated in each of them.
func writeRows(out *csv.Writer, o *method.Origin, f *method.Forecast) error {
	minute, cold := strconv.Itoa(o.Minute), strconv.FormatFloat(f.Cold, 'f', 4, 64)
	for h, p := range f.Active {
		// Five digits: finer differences of a probability decide nothing, and the
		// file has a row per horizon.
		row := []string{o.Function, minute, strconv.Itoa(h + 1), strconv.FormatFloat(float64(p), 'f', 5, 32)}
		for _, n := range f.Need(h + 1) {
			row = append(row, strconv.Itoa(int(n)))
		}
		if err := out.Write(append(row, cold)); err != nil {
			return err
		}
	}
	return nil
}

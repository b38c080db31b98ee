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
	"prewarm/shared/cli"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
)

// speaker states forecasts at the origins of a function.
type speaker func(f trace.Function, origins []method.Origin) ([]method.Statement, error)

// exportForecasts writes the forecasts of -model, or by folds, to a file.
func (st *study) exportForecasts(ctx context.Context) error {
	t, err := st.one()
	if err != nil {
		return err
	}
	say, err := st.speaker(ctx, t)
	if err != nil {
		return err
	}
	functions, fresh := called(t, nil), called(t, untrained(t))
	if st.functions == "test" {
		functions = fresh
	}
	if len(functions) == 0 {
		return fmt.Errorf("%s: no function that is called is to be exported", st.trace)
	}
	fmt.Fprintf(st.log, "%s: %d functions; the embedded model was trained on others than %d of them\n", t.Layout, len(functions), len(fresh))
	bar := cli.NewBar(st.log, "export", int64(len(functions)))
	defer bar.Done()
	return cli.WriteFile(st.forecasts, func(w io.Writer) error {
		return export(ctx, w, t, functions, st.sparse(), say, func() { bar.Add(1) })
	})
}

// speaker returns what -model names: a baseline, a part of the model, the model
// of a file, or the full one, embedded or by folds.
func (st *study) speaker(ctx context.Context, t *trace.Trace) (speaker, error) {
	for _, b := range method.Baselines() {
		if named(b.Name) == st.model {
			return baselineSpeaker(b), nil
		}
	}
	if st.folds > 0 {
		tasks, err := st.tasksWith([]*trace.Trace{t})
		if err != nil {
			return nil, err
		}
		of, err := st.foldModels(ctx, tasks)
		if err != nil {
			return nil, err
		}
		return partSpeaker(func(f trace.Function) method.Model { return of(fit.OwnerOf(t.Layout, f))[0] }, method.Full), nil
	}
	part := method.Full
	for _, name := range []string{method.GapHazard, method.NotAdapted, method.LSTMAlone} {
		if named(name) == st.model {
			part, st.model = name, models.Full
		}
	}
	p, err := st.embedded()
	if err != nil {
		return nil, fmt.Errorf("model %q is neither a file nor one of full, %s: %w", st.model, strings.Join(names(), ", "), err)
	}
	return partSpeaker(func(trace.Function) method.Model { return method.Model{Full: p} }, part), nil
}

// names returns the names that -model takes beside full and files.
func names() []string {
	var all []string
	for _, b := range method.Baselines() {
		all = append(all, named(b.Name))
	}
	return append(all, named(method.GapHazard), named(method.NotAdapted), named(method.LSTMAlone))
}

// named returns a method's name as a word: lower case, - for all but letters
// and digits.
func named(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

func baselineSpeaker(b method.Baseline) speaker {
	return func(_ trace.Function, origins []method.Origin) ([]method.Statement, error) {
		said := make([]method.Statement, len(origins))
		for i := range origins {
			said[i] = b.State(&origins[i].Window)
		}
		return said, nil
	}
}

func partSpeaker(models func(trace.Function) method.Model, part string) speaker {
	return func(f trace.Function, origins []method.Origin) ([]method.Statement, error) {
		m := models(f)
		said, err := m.Statements(origins, feature.Horizons)
		if err != nil {
			return nil, err
		}
		return said[slices.Index(m.Parts(), part)], nil
	}
}

// export writes one row per function, origin and horizon. minute is the index
// of the origin in the trace, from 0: the row is made from data before it, and
// speaks of minute + horizon - 1.
func export(ctx context.Context, w io.Writer, t *trace.Trace, functions []trace.Function, stride int, say speaker, done func()) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"function", "minute", "horizon", "p_active", "need_q50", "need_q90", "need_q95", "need_q99", "expected_cold"}); err != nil {
		return err
	}
	for _, f := range functions {
		origins := method.Origins(t, f, stride)
		for some := range slices.Chunk(origins, exportBatch) {
			if err := ctx.Err(); err != nil {
				return err
			}
			said, err := say(f, some)
			if err != nil {
				return fmt.Errorf("function %s: %w", f.Name, err)
			}
			for i := range some {
				if err := writeRows(out, &some[i], &said[i]); err != nil {
					return err
				}
			}
		}
		done()
	}
	out.Flush()
	return out.Error()
}

// exportBatch is the number of origins whose statements are in memory at once.
const exportBatch = 512

func writeRows(out *csv.Writer, o *method.Origin, s *method.Statement) error {
	minute, cold := strconv.Itoa(o.Minute), strconv.FormatFloat(s.Cold, 'f', 4, 64)
	for h, p := range s.Active {
		row := []string{o.Function, minute, strconv.Itoa(h + 1), strconv.FormatFloat(float64(p), 'f', 5, 32)}
		for _, n := range s.Need(h + 1) {
			row = append(row, strconv.Itoa(int(n)))
		}
		if err := out.Write(append(row, cold)); err != nil {
			return err
		}
	}
	return nil
}

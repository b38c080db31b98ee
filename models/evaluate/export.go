package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/trace"
)

// export writes one row per function, origin and horizon. minute is the index
// of the origin in the trace: the row is made from data before it, and speaks
// of minute + horizon - 1.
func export(w io.Writer, p *forecast.Predictor, t *trace.Trace, functions []trace.Function, stride int) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"function", "minute", "horizon", "p_active", "need_q50", "need_q90", "need_q95", "need_q99", "expected_cold"}); err != nil {
		return err
	}
	var dst []event.Forecast
	for _, f := range functions {
		all := origins(t, f, stride)
		windows := make([]event.FunctionWindow, len(all))
		for i, o := range all {
			windows[i] = o.window
		}
		for len(dst) < len(all) {
			dst = append(dst, event.Forecast{})
		}
		if errs := p.Forecast(dst[:len(all)], windows); errs != nil {
			return fmt.Errorf("function %s: %v", f.Name, errs)
		}
		for i, o := range all {
			if err := writeRows(out, o, &dst[i]); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func writeRows(out *csv.Writer, o origin, f *event.Forecast) error {
	cold := strconv.FormatFloat(f.ExpectedCold, 'f', 4, 64)
	for h, p := range f.PActive {
		row := []string{o.function, strconv.Itoa(o.minute), strconv.Itoa(h + 1), strconv.FormatFloat(float64(p), 'f', 5, 32)}
		for _, curve := range f.Need() {
			row = append(row, strconv.Itoa(int(curve[h])))
		}
		if err := out.Write(append(row, cold)); err != nil {
			return err
		}
	}
	return nil
}

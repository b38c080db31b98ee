package main

import (
	"fmt"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/report"
)

// summary returns a section that holds the full model against the best other
// method of each result among sections; ok is false where there are none.
func summary(sections []report.Section) (s report.Section, ok bool) {
	activity := report.NewTable("full model at +1", "functions", "AP", "best other", "AP higher by", "95 % interval", "Brier", "best other", "Brier lower by", "95 % interval")
	parts := report.NewTable("gain at +1", "adapting the LSTM: AP", "95 % interval", "Brier", "95 % interval", "refining it: AP", "95 % interval", "Brier", "95 % interval")
	starts := report.NewTable("next-hour cold starts, full model", "N", "RMSE", "R2", "within 0.5", "best other", "R2 higher by", "95 % interval")
	for _, from := range sections {
		r, is := from.Data.(*result)
		if !is {
			continue
		}
		ok = true
		activity.Row(r.activitySummary()...)
		parts.Row(r.partsSummary()...)
		all := make([]cold, len(r.Methods))
		for i, m := range r.Methods {
			all[i] = m.Cold
		}
		starts.Row(r.coldSummary("all functions", all)...)
		if n := r.Sparse.Functions; n > 0 && n < r.Functions {
			starts.Row(r.coldSummary("sparse functions", r.Sparse.Methods)...)
		}
	}
	return report.Section{Name: "summary", Title: "Summary", Text: activity.String() + parts.String() + starts.String()}, ok
}

// name says what a result is of.
func (r *result) name() string { return fmt.Sprintf("%s: %s", r.Trace, r.Protocol) }

// bestOther returns the method, except the full model, that is better than all
// others.
func (r *result) bestOther(better func(a, b *methodResult) bool) *methodResult {
	best := &r.Methods[0]
	for i := range r.Methods[:len(r.Methods)-1] {
		if better(&r.Methods[i], best) {
			best = &r.Methods[i]
		}
	}
	return best
}

func (r *result) activitySummary() []string {
	full := r.Methods[len(r.Methods)-1].Activity[0]
	precise := r.bestOther(func(a, b *methodResult) bool {
		return a.Activity[0].AveragePrecision > b.Activity[0].AveragePrecision
	})
	sharp := r.bestOther(func(a, b *methodResult) bool { return a.Activity[0].Brier < b.Activity[0].Brier })
	p, b := precise.Activity[0].Full.Precision, sharp.Activity[0].Full.Brier
	return []string{
		r.name(), fmt.Sprint(r.Functions), spread(full.AveragePrecision, full.PrecisionSpread), precise.Name, fmt.Sprintf("%.4f", p.Difference), bounds(p),
		spread(full.Brier, full.BrierSpread), sharp.Name, fmt.Sprintf("%.4f", b.Difference), bounds(b),
	}
}

func (r *result) partsSummary() []string {
	refined := r.bestOther(func(a, _ *methodResult) bool { return a.Name == method.LSTMAlone }).Activity[0].Full
	row := []string{r.name()}
	for _, g := range []gain{r.Adapted[0], refined} {
		row = append(row, fmt.Sprintf("%.4f", g.Precision.Difference), bounds(g.Precision), fmt.Sprintf("%.4f", g.Brier.Difference), bounds(g.Brier))
	}
	return row
}

// coldSummary holds the cold starts of some functions, in the order of Methods.
func (r *result) coldSummary(of string, methods []cold) []string {
	full, best := methods[len(methods)-1], 0
	for i := range methods[:len(methods)-1] {
		if methods[i].R2 > methods[best].R2 {
			best = i
		}
	}
	v := methods[best].FullR2
	return []string{
		r.name() + ", " + of, fmt.Sprint(full.N), fmt.Sprintf("%.3f", full.RMSE), fmt.Sprintf("%.3f", full.R2), fmt.Sprintf("%.1f %%", 100*full.Within),
		r.Methods[best].Name, fmt.Sprintf("%.3f", v.Difference), fmt.Sprintf("%.3f to %.3f", v.Low, v.High),
	}
}

package main

import (
	"fmt"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
	"prewarm/shared/chart"
)

// drawn are the methods that plots show, of those that an experiment has.
func drawn() []string {
	return []string{method.Full, method.ForestsAlone, method.LSTMAlone, method.GapHazard, "TSB", "moving average, 1 h"}
}

// curves calls each with the claims of the drawn methods about the next minute,
// of the first seed, in the order of drawn.
func (r *result) curves(each func(name string, claims metric.Ranked)) {
	for _, name := range drawn() {
		if at := slices.IndexFunc(r.claims, func(m *said) bool { return m.name == name }); at >= 0 {
			each(name, metric.Rank(r.claims[at].seeds[0].active[0], &r.cases, nil))
		}
	}
}

// minBin is the least number of claims of a bin that the reliability diagram
// shows: the share of fewer says little.
const minBin = 30

// plots draws reliability, precision over recall, and the errors by rate class.
func (r *result) plots() []report.Plot {
	of := fmt.Sprintf("%s, %s", r.Trace, r.Protocol)
	title := func(text string) string { return fmt.Sprintf("%s: %s", r.Trace, text) }
	reliability := chart.Lines{
		Title: title("chance of a call in the next minute"), X: "stated chance", Y: "share of minutes with calls", XMax: 1, YMax: 1, LegendTop: true, LegendLeft: true,
		Lines: []chart.Line{{Points: []chart.Point{{X: 0, Y: 0}, {X: 1, Y: 1}}, Grey: true}},
	}
	precision := chart.Lines{Title: title("calls in the next minute"), X: "recall", Y: "precision", XMax: 1, YMax: 1, LegendLeft: true}
	r.curves(func(name string, claims metric.Ranked) {
		bins, curve := chart.Line{Name: name, Dots: true}, chart.Line{Name: name}
		for _, b := range claims.Reliability() {
			if b.N >= minBin {
				bins.Points = append(bins.Points, chart.Point{X: b.Claimed, Y: b.Came})
			}
		}
		for _, p := range claims.Curve() {
			curve.Points = append(curve.Points, chart.Point{X: p.Recall, Y: p.Precision})
		}
		reliability.Lines, precision.Lines = append(reliability.Lines, bins), append(precision.Lines, curve)
	})
	brier, cold := r.byClass()
	return []report.Plot{
		{Name: "reliability", Caption: "Reliability at +1, " + of, Draw: reliability.Draw},
		{Name: "precision-recall", Caption: "Precision and recall at +1, " + of, Draw: precision.Draw},
		{Name: "brier-by-class", Caption: "Brier score at +1 by rate class, " + of, Draw: brier.Draw},
		{Name: "cold-by-class", Caption: "Error of next-hour cold starts by rate class, " + of, Draw: cold.Draw},
	}
}

// byClass returns the plots of Brier score and error of cold starts by class.
func (r *result) byClass() (brier, cold chart.Bars) {
	const x = "active minutes a day"
	brier = chart.Bars{Title: fmt.Sprintf("%s: chance of a call in the next minute", r.Trace), X: x, Y: "Brier score"}
	cold = chart.Bars{Title: fmt.Sprintf("%s: cold starts of the next hour", r.Trace), X: x, Y: "RMSE, cold starts"}
	for _, c := range r.Classes {
		brier.Groups, cold.Groups = append(brier.Groups, c.Class), append(cold.Groups, c.Class)
	}
	for _, name := range drawn() {
		at := slices.IndexFunc(r.Methods, func(m methodResult) bool { return m.Name == name })
		if at < 0 {
			continue
		}
		scores, errors := chart.Bar{Name: name}, chart.Bar{Name: name}
		for _, c := range r.Classes {
			scores.Heights = append(scores.Heights, c.Activity[at].Brier)
			errors.Heights = append(errors.Heights, c.Cold.Methods[at].RMSE)
		}
		brier.Series, cold.Series = append(brier.Series, scores), append(cold.Series, errors)
	}
	return brier, cold
}

package main

import (
	"fmt"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
	"prewarm/shared/chart"
)

// plotted are the methods that plots show, if the experiment has them. All of
// them would hide each other.
func plotted() []string {
	return []string{method.Full, method.ForestsAlone, method.LSTMAlone, method.GapHazard, "TSB", "moving average, 1 h"}
}

// minBin is the least number of cases of a bin in the reliability diagram: the
// observed share of fewer cases is mostly chance.
const minBin = 30

// plots returns reliability, precision over recall, and the errors by rate class.
// The curves are those of the next minute. A method is calibrated at the probabilities
// at which its curve in the first plot lies on the grey diagonal.
func (s *scores) plots() []report.Plot {
	reliability := chart.Lines{
		Title: s.title("chance of a call in the next minute"), X: "stated chance", Y: "share of minutes with calls", XMax: 1, YMax: 1, LegendTop: true, LegendLeft: true,
		Lines: []chart.Line{{Points: []chart.Point{{X: 0, Y: 0}, {X: 1, Y: 1}}, Grey: true}},
	}
	precision := chart.Lines{Title: s.title("calls in the next minute"), X: "recall", Y: "precision", XMax: 1, YMax: 1, LegendLeft: true}
	for _, name := range plotted() {
		if at := s.index(name); at >= 0 { // of several seeds the first one is drawn
			r := metric.Rank(s.from.methods[at].seeds[0].active[0], &s.from.active[0], nil)
			reliability.Lines = append(reliability.Lines, reliabilityLine(name, r))
			precision.Lines = append(precision.Lines, precisionLine(name, r))
		}
	}
	brier, cold := s.classBars()
	return []report.Plot{
		{Name: "reliability", Caption: s.caption("Reliability at +1"), Draw: reliability.Draw},
		{Name: "precision-recall", Caption: s.caption("Precision and recall at +1"), Draw: precision.Draw},
		{Name: "brier-by-class", Caption: s.caption("Brier score at +1 by rate class"), Draw: brier.Draw},
		{Name: "cold-by-class", Caption: s.caption("Error of next-hour cold starts by rate class"), Draw: cold.Draw},
	}
}

// title and caption begin and end with the trace; a caption also states how it was
// scored.
func (s *scores) title(text string) string { return fmt.Sprintf("%s: %s", s.Trace, text) }
func (s *scores) caption(text string) string {
	return fmt.Sprintf("%s, %s, %s", text, s.Trace, s.Protocol)
}

// reliabilityLine returns the observed share of active minutes over the predicted
// probability, a point for each bin with at least minBin cases.
func reliabilityLine(name string, r metric.Ranking) chart.Line {
	line := chart.Line{Name: name, Dots: true}
	for _, b := range r.Reliability() {
		if b.N >= minBin {
			line.Points = append(line.Points, chart.Point{X: b.Predicted, Y: b.Observed})
		}
	}
	return line
}

// precisionLine returns precision over recall.
func precisionLine(name string, r metric.Ranking) chart.Line {
	line := chart.Line{Name: name}
	for _, p := range r.Curve() {
		line.Points = append(line.Points, chart.Point{X: p.Recall, Y: p.Precision})
	}
	return line
}

// classBars returns the plots of the Brier score and of the error of cold starts
// by rate class.
func (s *scores) classBars() (brier, cold chart.Bars) {
	const x = "active minutes a day"
	brier = chart.Bars{Title: s.title("chance of a call in the next minute"), X: x, Y: "Brier score"}
	cold = chart.Bars{Title: s.title("cold starts of the next hour"), X: x, Y: "RMSE, cold starts"}
	for _, c := range s.Classes {
		brier.Groups, cold.Groups = append(brier.Groups, c.Class), append(cold.Groups, c.Class)
	}
	for _, name := range plotted() {
		at := s.index(name)
		if at < 0 {
			continue
		}
		briers, errors := chart.Bar{Name: name}, chart.Bar{Name: name}
		for _, c := range s.Classes {
			briers.Heights = append(briers.Heights, c.Activity[at].Brier)
			errors.Heights = append(errors.Heights, c.Cold.Methods[at].RMSE)
		}
		brier.Series, cold.Series = append(brier.Series, briers), append(cold.Series, errors)
	}
	return brier, cold
}

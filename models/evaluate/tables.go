package main

import (
	"fmt"
	"strings"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
	"prewarm/shared/event"
)

// section returns the section of a report. The name must be unique in the report:
// it is the key of the figures in report.json and part of the plots' file names.
func (s *scores) section(name string) report.Section {
	return report.Section{Name: name, Title: s.name(), Text: s.markdown(), Data: s, Plots: s.plots()}
}

// markdown returns all tables with the text around them, which states what was scored
// and what the figures mean. The report shall be readable without the README.
func (s *scores) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d functions, %d origins, minutes from one to the next: %d", s.Functions, s.Origins, s.Stride)
	if s.Seeds > 1 {
		fmt.Fprintf(&b, "; of the model's parts the mean of %d seeds, and ± the standard deviation over them", s.Seeds)
	}
	b.WriteString(".")
	if s.Attribution != "" {
		fmt.Fprintf(&b, " Data: %s.", s.Attribution)
	}
	// The order of the tables goes from the most general question, whether there is
	// a call, to the costs that follow: cold starts, need, and then the same by
	// rate.
	b.WriteString("\n\n### Activity\n\n")
	b.WriteString(s.activityTable())
	fmt.Fprintf(&b, "%d cases at +%d, share of active ones %.4f.\n\n", s.Cases, scoredHorizons()[0], s.BaseRate)
	for k := range scoredHorizons() {
		b.WriteString(s.gainTable(k))
	}
	fmt.Fprintf(&b, "Intervals: 95 %% of %d bootstrap samples of the functions", metric.Draws)
	if s.Seeds > 1 {
		b.WriteString(" and of the seeds")
	}
	b.WriteString(".\n\n" + s.coldTables() + s.needTable() + s.classTables())
	return b.String()
}

// activityTable has one row per method, with three columns per scored horizon.
func (s *scores) activityTable() string {
	heading := []string{"activity"}
	for _, h := range scoredHorizons() {
		heading = append(heading, fmt.Sprintf("AP +%d", h), fmt.Sprintf("Brier +%d", h), fmt.Sprintf("ECE +%d", h))
	}
	t := report.NewTable(heading...)
	for _, m := range s.Methods {
		row := []string{m.Name}
		for _, a := range m.Activity {
			row = append(row, spread(a.AveragePrecision, a.PrecisionSpread, 4), spread(a.Brier, a.BrierSpread, 4), fmt.Sprintf("%.4f", a.CalibrationError))
		}
		t.Row(row)
	}
	return t.String()
}

// spread returns a mean and, unless it is 0, the standard deviation, as one cell.
func spread(mean, deviation float64, digits int) string {
	if deviation == 0 {
		return fmt.Sprintf("%.*f", digits, mean)
	}
	return fmt.Sprintf("%.*f ± %.*f", digits, mean, digits, deviation)
}

// cells returns the cells of both gains with their intervals.
func (g activityGain) cells() []string {
	return append(report.Gain(g.Precision, 4), report.Gain(g.Brier, 4)...)
}

// gainTable has the gain of the full model over each method at a scored horizon,
// and the gain by adapting the LSTM.
func (s *scores) gainTable(horizon int) string {
	t := report.NewTable(fmt.Sprintf("full model at +%d against", scoredHorizons()[horizon]), "AP higher by", "95 % interval", "Brier lower by", "95 % interval")
	for _, m := range s.others() {
		t.Row(m.Name, m.Activity[horizon].Full.cells())
	}
	// In parentheses, because this row compares two parts and not the full model
	// with a method.
	t.Row("(LSTM adapted against not adapted)", s.Adapted[horizon].cells())
	return t.String()
}

// coldTables has a table for all functions and, if there are any, one for the
// sparse ones.
func (s *scores) coldTables() string {
	text := "### Cold starts of the next hour\n\nWith keep-alive of ten minutes, first replica.\n\n" +
		s.coldTable(func(i int) coldScores { return s.Methods[i].Cold }) +
		fmt.Sprintf("N = %d hours of all %d functions.\n\n", s.Hours, s.Functions)
	if s.Sparse.Functions == 0 {
		return text
	}
	return text + s.coldTable(func(i int) coldScores { return s.Sparse.Methods[i] }) +
		fmt.Sprintf("N = %d hours of the %d sparse functions, which have calls in less than %.0f %% of their minutes.\n\n", s.Sparse.Methods[0].N, s.Sparse.Functions, 100*metric.DenseShare)
}

// coldTable has one row per method; of returns the scores of method i. The row of
// the full model has no gain over itself.
func (s *scores) coldTable(of func(i int) coldScores) string {
	t := report.NewTable("next-hour cold starts", "RMSE", "R2", "within 0.5", "R2 of full higher by", "95 % interval")
	for i, m := range s.Methods {
		c, gain := of(i), []string{"", ""}
		if m.Name != method.Full {
			gain = report.Gain(c.FullR2, 3)
		}
		t.Row(m.Name, spread(c.RMSE, c.RMSESpread, 3), report.Accuracy(c.Accuracy, 3)[1:], gain)
	}
	return t.String()
}

// needTable has the losses of the quantiles. A method that predicts activity
// alone is scored by a mixture, see method.Forecast.Need.
func (s *scores) needTable() string {
	heading := []string{"need at +1, in replicas"}
	for _, level := range event.Quantiles {
		heading = append(heading, fmt.Sprintf("pinball %g", level))
	}
	t := report.NewTable(append(heading, "CRPS")...)
	for _, m := range s.Need {
		t.Row(m.Name, report.Fixed(4, m.Pinball...), report.Fixed(4, m.CRPS))
	}
	return "### Need of the next minute\n\n" + t.String() +
		"Pinball: ρ_q(d) = max(q·d, (q-1)·d), d = need - quantile. CRPS = 2·∫₀¹ ρ_u(need - Q(u)) du with Q(u) the\n" +
		"quantile whose level is nearest to u. If a method predicts activity alone, its quantiles are those of no need with\n" +
		"probability 1 - p, otherwise of the needs of the function's active minutes in the last three hours.\n\n"
}

// classTables has a table for activity and one for cold starts, each with two or
// three columns per class.
func (s *scores) classTables() string {
	activity, cold := []string{"activity at +1"}, []string{"next-hour cold starts"}
	cases, hours := []string{"(functions; share of active cases)"}, []string{"(functions; hours)"}
	for _, c := range s.Classes {
		activity = append(activity, "AP, "+c.Class, "Brier, "+c.Class)
		cold = append(cold, "RMSE, "+c.Class, "R2, "+c.Class, "within 0.5, "+c.Class)
		cases = append(cases, fmt.Sprint(c.Cold.Functions), fmt.Sprintf("%.4f", c.BaseRate))
		hours = append(hours, fmt.Sprint(c.Cold.Functions), fmt.Sprint(c.Cold.Methods[0].N), "")
	}
	// One table per measure and not per class: a reader compares the classes of one
	// method along a row.
	a, b := report.NewTable(activity...), report.NewTable(cold...)
	for i, m := range s.Methods {
		activity, cold := []string{m.Name}, []string{m.Name}
		for _, c := range s.Classes {
			activity = append(activity, report.Fixed(4, c.Activity[i].AveragePrecision, c.Activity[i].Brier)...)
			cold = append(cold, report.Accuracy(c.Cold.Methods[i].Accuracy, 3)...)
		}
		a.Row(activity)
		b.Row(cold)
	}
	// Last, below the methods: what the figures above rest on.
	a.Row(cases)
	b.Row(hours)
	return "### By rate class\n\nActive minutes a day, over the whole trace.\n\n" + a.String() + b.String()
}

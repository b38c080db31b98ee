package main

import (
	"fmt"
	"strings"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/rate"
	"prewarm/models/evaluate/report"
	"prewarm/shared/event"
)

// section puts a result into a report under a name of its own.
func (r *result) section(name string) report.Section {
	return report.Section{Name: name, Title: r.name(), Text: r.markdown(), Data: r, Plots: r.plots()}
}

// markdown returns all tables.
func (r *result) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d functions, %d origins, minutes from one to the next: %d", r.Functions, r.Origins, r.Stride)
	if r.Seeds > 1 {
		fmt.Fprintf(&b, "; of the model's parts the mean of %d seeds, and ± the standard deviation over them", r.Seeds)
	}
	b.WriteString(".")
	if r.Attribution != "" {
		fmt.Fprintf(&b, " Data: %s.", r.Attribution)
	}
	b.WriteString("\n\n### Activity\n\n")
	b.WriteString(r.activityTable())
	fmt.Fprintf(&b, "%d cases at +%d, share of active ones %.4f.\n\n", r.Cases, scored()[0], r.BaseRate)
	for k := range scored() {
		b.WriteString(r.gainTable(k))
	}
	fmt.Fprintf(&b, "Intervals: 95 %% of %d bootstrap samples of the functions", draws)
	if r.Seeds > 1 {
		b.WriteString(" and of the seeds")
	}
	b.WriteString(".\n\n### Cold starts of the next hour\n\nWith keep-alive of ten minutes, first replica.\n\n")
	b.WriteString(r.coldTable(func(i int) cold { return r.Methods[i].Cold }))
	fmt.Fprintf(&b, "N = %d hours of all %d functions.\n\n", r.Hours, r.Functions)
	if r.Sparse.Functions > 0 {
		b.WriteString(r.coldTable(func(i int) cold { return r.Sparse.Methods[i] }))
		fmt.Fprintf(&b, "N = %d hours of the %d sparse functions, which have calls in less than %.0f %% of their minutes.\n\n", r.Sparse.Methods[0].N, r.Sparse.Functions, 100*rate.DenseShare)
	}
	b.WriteString("### Need of the next minute\n\n")
	b.WriteString(r.needTable())
	b.WriteString("### By rate class\n\nActive minutes a day, over the whole trace.\n\n")
	b.WriteString(r.classTables())
	return b.String()
}

func (r *result) activityTable() string {
	heading := []string{"activity"}
	for _, h := range scored() {
		heading = append(heading, fmt.Sprintf("AP +%d", h), fmt.Sprintf("Brier +%d", h), fmt.Sprintf("ECE +%d", h))
	}
	t := report.NewTable(heading...)
	for _, m := range r.Methods {
		row := []string{m.Name}
		for _, a := range m.Activity {
			row = append(row, spread(a.AveragePrecision, a.PrecisionSpread), spread(a.Brier, a.BrierSpread), fmt.Sprintf("%.4f", a.CalibrationError))
		}
		t.Row(row...)
	}
	return t.String()
}

// spread writes a mean, and the standard deviation where there is one.
func spread(mean, deviation float64) string {
	if deviation == 0 {
		return fmt.Sprintf("%.4f", mean)
	}
	return fmt.Sprintf("%.4f ± %.4f", mean, deviation)
}

// gainTable says how much better the full model is at a horizon, and what
// adaptation gains.
func (r *result) gainTable(horizon int) string {
	t := report.NewTable(fmt.Sprintf("full model at +%d against", scored()[horizon]), "AP higher by", "95 % interval", "Brier lower by", "95 % interval")
	row := func(name string, g gain) {
		t.Row(name, fmt.Sprintf("%.4f", g.Precision.Difference), bounds(g.Precision), fmt.Sprintf("%.4f", g.Brier.Difference), bounds(g.Brier))
	}
	for _, m := range r.Methods[:len(r.Methods)-1] {
		row(m.Name, m.Activity[horizon].Full)
	}
	row("(LSTM adapted against not adapted)", r.Adapted[horizon])
	return t.String()
}

func bounds(v metric.Interval) string { return fmt.Sprintf("%.4f to %.4f", v.Low, v.High) }

func (r *result) coldTable(of func(i int) cold) string {
	t := report.NewTable("next-hour cold starts", "RMSE", "R2", "within 0.5", "R2 of full higher by", "95 % interval")
	for i := range r.Methods {
		c := of(i)
		rmse := fmt.Sprintf("%.3f", c.RMSE)
		if c.RMSESpread > 0 {
			rmse += fmt.Sprintf(" ± %.3f", c.RMSESpread)
		}
		cells := []string{r.Methods[i].Name, rmse, fmt.Sprintf("%.3f", c.R2), fmt.Sprintf("%.1f %%", 100*c.Within), "", ""}
		if r.Methods[i].Name != method.Full {
			cells[4] = fmt.Sprintf("%.3f", c.FullR2.Difference)
			cells[5] = fmt.Sprintf("%.3f to %.3f", c.FullR2.Low, c.FullR2.High)
		}
		t.Row(cells...)
	}
	return t.String()
}

// needTable has the losses of the quantiles. Those of methods that state
// activity alone are of the mixture with the function's own needs.
func (r *result) needTable() string {
	heading := []string{"need at +1, in replicas"}
	for _, level := range event.Quantiles {
		heading = append(heading, fmt.Sprintf("pinball %g", level))
	}
	t := report.NewTable(append(heading, "CRPS")...)
	for _, m := range r.Need {
		row := []string{m.Name}
		for _, loss := range m.Pinball {
			row = append(row, fmt.Sprintf("%.4f", loss))
		}
		t.Row(append(row, fmt.Sprintf("%.4f", m.CRPS))...)
	}
	return t.String() + "Pinball: ρ_q(d) = max(q·d, (q-1)·d), d = need - quantile. CRPS = 2·∫₀¹ ρ_u(need - Q(u)) du with Q(u) the\n" +
		"quantile whose level is nearest to u. Where a method states activity alone, its quantiles are those of no need with\n" +
		"probability 1 - p, else of the needs of the function's active minutes in the last three hours.\n\n"
}

// classTables has a table for activity and one for cold starts, a column pair
// or triple for each class.
func (r *result) classTables() string {
	activity, cold := []string{"activity at +1"}, []string{"next-hour cold starts"}
	for _, c := range r.Classes {
		activity = append(activity, "AP, "+c.Class, "Brier, "+c.Class)
		cold = append(cold, "RMSE, "+c.Class, "R2, "+c.Class, "within 0.5, "+c.Class)
	}
	a, b := report.NewTable(activity...), report.NewTable(cold...)
	for i := range r.Methods {
		claims, starts := []string{r.Methods[i].Name}, []string{r.Methods[i].Name}
		for _, c := range r.Classes {
			x, y := c.Activity[i], c.Cold.Methods[i]
			claims = append(claims, fmt.Sprintf("%.4f", x.AveragePrecision), fmt.Sprintf("%.4f", x.Brier))
			starts = append(starts, fmt.Sprintf("%.3f", y.RMSE), fmt.Sprintf("%.3f", y.R2), fmt.Sprintf("%.1f %%", 100*y.Within))
		}
		a.Row(claims...)
		b.Row(starts...)
	}
	counts, hours := []string{"(functions; share of active cases)"}, []string{"(functions; hours)"}
	for _, c := range r.Classes {
		counts = append(counts, fmt.Sprint(c.Cold.Functions), fmt.Sprintf("%.4f", c.BaseRate))
		hours = append(hours, fmt.Sprint(c.Cold.Functions), fmt.Sprint(c.Cold.Methods[0].N), "")
	}
	a.Row(counts...)
	b.Row(hours...)
	return a.String() + b.String()
}

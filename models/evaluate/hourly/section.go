package hourly

import (
	"fmt"
	"strings"

	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
)

// Section puts the scores on functions into a report. protocol says which model
// was scored on what.
func (s *Scores) Section(name, title, protocol string) report.Section {
	groups := s.Groups()
	var b strings.Builder
	fmt.Fprintf(&b, "Cold starts of the next hour with a keep-alive of ten minutes, from the last three hours alone; %s. ", protocol)
	b.WriteString("Sparse functions have calls in less than a fifth of the minutes of the trace.\n\n")
	for i, g := range groups {
		if i < 2 {
			b.WriteString(g.markdown())
		}
	}
	b.WriteString(classTable(groups[2:]))
	return report.Section{Name: name, Title: title, Text: b.String(), Data: groups}
}

func (g Group) markdown() string {
	t := report.NewTable(g.Name+" functions", "RMSE", "R2", "within 0.5", "R2 of the hourly model above", "95 % interval")
	for _, r := range g.Rows {
		difference, interval := fmt.Sprintf("%+.4f", r.Gain.Difference), bounds(r.Gain)
		if r.Name == Refined {
			difference, interval = "", ""
		}
		t.Row(r.Name, fmt.Sprintf("%.3f", r.RMSE), fmt.Sprintf("%.4f", r.R2), fmt.Sprintf("%.1f %%", 100*r.Within), difference, interval)
	}
	return fmt.Sprintf("%s%d functions, N = %d hours. Adaptation raises the R2 of the LSTM by %.4f (%s).\n\n",
		t, g.Functions, g.N, g.Adapted.Difference, bounds(g.Adapted))
}

func bounds(v metric.Interval) string { return fmt.Sprintf("%.4f to %.4f", v.Low, v.High) }

// classTable shows RMSE, R2 and N of the best baseline and of the model by
// class.
func classTable(groups []Group) string {
	t := report.NewTable("by rate", "functions", "N", "best baseline", "its RMSE", "its R2", "RMSE", "R2", "within 0.5")
	for _, g := range groups {
		best, ours := g.bestBaseline(), g.row(Refined)
		t.Row(g.Name, fmt.Sprint(g.Functions), fmt.Sprint(g.N), best.Name, fmt.Sprintf("%.3f", best.RMSE), fmt.Sprintf("%.4f", best.R2),
			fmt.Sprintf("%.3f", ours.RMSE), fmt.Sprintf("%.4f", ours.R2), fmt.Sprintf("%.1f %%", 100*ours.Within))
	}
	return t.String()
}

// bestBaseline returns the row of the highest R2 that no trained part says.
func (g Group) bestBaseline() (best Row) {
	for i, r := range g.Rows {
		switch r.Name {
		case Present, Renewal, Plain, Adapted, Refined:
			continue
		}
		if i == 0 || r.R2 > best.R2 {
			best = r
		}
	}
	return best
}

func (g Group) row(name string) (row Row) {
	for _, r := range g.Rows {
		if r.Name == name {
			row = r
		}
	}
	return row
}

// RegionSection puts the scores on regions into a report. trainedOn is the
// region that the model was trained on.
func RegionSection(name, title string, regions []Region, trainedOn string) report.Section {
	var b strings.Builder
	fmt.Fprintf(&b, "Cold starts of the next hour of a region, trained on %s alone, an origin each hour after two days. ", trainedOn)
	b.WriteString("Relative error is the mean of |forecast - outcome|/max(1, outcome).\n\n")
	heading := []string{"region"}
	for _, r := range regions {
		mark := ""
		if r.Name == trainedOn {
			mark = " (trained on)"
		}
		heading = append(heading, r.Name+mark+": RMSE", "R2", "relative error")
	}
	t := report.NewTable(heading...)
	for i := range regions[0].Rows {
		cells := []string{regions[0].Rows[i].Name}
		for _, r := range regions {
			row := r.Rows[i]
			cells = append(cells, fmt.Sprintf("%.1f", row.RMSE), fmt.Sprintf("%.4f", row.R2), fmt.Sprintf("%.1f %%", 100*row.Relative))
		}
		t.Row(cells...)
	}
	b.WriteString(t.String())
	for _, r := range regions {
		fmt.Fprintf(&b, "%s: N = %d hours. ", r.Name, r.N)
	}
	return report.Section{Name: name, Title: title, Text: b.String(), Data: regions}
}

// RegionsOfFunctions puts the scores on the functions of several regions into a
// report, side by side.
func RegionsOfFunctions(name, title, protocol string, regions []string, scores []*Scores) report.Section {
	heading, text := []string{"functions of"}, ""
	var all []Group
	for i, region := range regions {
		g := scores[i].group(region, everything)
		all = append(all, g)
		heading = append(heading, region+": RMSE", "R2", "within 0.5")
		text += fmt.Sprintf("%s: %d functions, N = %d hours, best baseline %s, R2 of the hourly model above it by %.4f (%s). ",
			region, g.Functions, g.N, g.bestBaseline().Name, g.bestBaseline().Gain.Difference, bounds(g.bestBaseline().Gain))
	}
	t := report.NewTable(heading...)
	for i := range all[0].Rows {
		cells := []string{all[0].Rows[i].Name}
		for _, g := range all {
			cells = append(cells, fmt.Sprintf("%.3f", g.Rows[i].RMSE), fmt.Sprintf("%.4f", g.Rows[i].R2), fmt.Sprintf("%.1f %%", 100*g.Rows[i].Within))
		}
		t.Row(cells...)
	}
	text = fmt.Sprintf("Cold starts of the next hour with a keep-alive of ten minutes, from the last three hours alone; %s.\n\n%s%s", protocol, t, text)
	return report.Section{Name: name, Title: title, Text: text, Data: all}
}

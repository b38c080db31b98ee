package hourly

import (
	"fmt"
	"strings"

	"prewarm/models/evaluate/report"
)

// Section returns the section with the scores on functions: a table of all of them,
// one of the sparse ones, and one by rate. protocol states which model was scored on
// which functions.
func (e *FunctionErrors) Section(name, title, protocol string) report.Section {
	groups := e.Groups()
	text := introduction(protocol, " Sparse functions have calls in less than a fifth of the minutes of the trace.")
	text += groups[0].markdown() + groups[1].markdown() + classTable(groups[2:])
	return report.Section{Name: name, Title: title, Text: text, Data: groups}
}

// introduction returns the paragraph before the tables of functions.
func introduction(protocol, more string) string {
	return fmt.Sprintf("Cold starts of the next hour with a keep-alive of ten minutes, from the last three hours alone; %s.%s\n\n", protocol, more)
}

// markdown returns the table of a group: a row per method with its scores and the
// gain of the hourly model over it.
func (g Group) markdown() string {
	t := report.NewTable(g.Name+" functions", "RMSE", "R2", "within 0.5", "R2 of the hourly model above", "95 % interval")
	for _, m := range g.Methods {
		// The hourly model has no gain over itself.
		gain := []string{"", ""}
		if m.Name != Refined {
			gain = []string{fmt.Sprintf("%+.4f", m.Gain.Difference), report.Bounds(m.Gain, 4)}
		}
		t.Row(m.Name, report.Accuracy(m.Accuracy, 4), gain)
	}
	return fmt.Sprintf("%s%d functions, N = %d hours. Adaptation raises the R2 of the LSTM by %.4f (%s).\n\n",
		t, g.Functions, g.N, g.Adapted.Difference, report.Bounds(g.Adapted, 4))
}

// classTable compares the model with the best baseline in each rate class. The best
// baseline differs from class to class and is named.
func classTable(groups []Group) string {
	t := report.NewTable("by rate", "functions", "N", "best baseline", "its RMSE", "its R2", "RMSE", "R2", "within 0.5")
	for _, g := range groups {
		best := g.bestBaseline()
		t.Row(g.Name, g.Functions, g.N, best.Name, report.Accuracy(best.Accuracy, 4)[:2], report.Accuracy(g.method(Refined).Accuracy, 4))
	}
	return t.String()
}

// RegionSection returns the section with the scores on regions, one row per
// method. trainedOn is the region that the model was trained on.
func RegionSection(name, title string, regions []RegionScores, trainedOn string) report.Section {
	heading, hours := []string{"region"}, ""
	for _, r := range regions {
		hours += fmt.Sprintf("%s: N = %d hours. ", r.Name, r.N)
		if r.Name == trainedOn {
			// r is a copy; the data of the section keeps the plain name.
			r.Name += " (trained on)"
		}
		heading = append(heading, r.Name+": RMSE", "R2", "relative error")
	}
	t := report.NewTable(heading...)
	// All regions have the methods in the same order.
	for i, m := range regions[0].Methods {
		cells := []string{m.Name}
		for _, r := range regions {
			s := r.Methods[i]
			cells = append(cells, fmt.Sprintf("%.1f", s.RMSE), fmt.Sprintf("%.4f", s.R2), report.Percent(s.Relative))
		}
		t.Row(cells)
	}
	text := fmt.Sprintf("Cold starts of the next hour of a region, trained on %s alone, an origin each hour after two days. ", trainedOn) +
		"Relative error is the mean of |forecast - outcome|/max(1, outcome).\n\n" + t.String() + hours
	return report.Section{Name: name, Title: title, Text: text, Data: regions}
}

// RegionsOfFunctions returns the section with the scores on the functions of
// several regions side by side, one row per method.
func RegionsOfFunctions(name, title, protocol string, regions []string, errors []*FunctionErrors) report.Section {
	heading := []string{"functions of"}
	var summary strings.Builder
	var all []Group
	for i, region := range regions {
		g := errors[i].group(region, everything)
		all = append(all, g)
		heading = append(heading, region+": RMSE", "R2", "within 0.5")
		best := g.bestBaseline()
		fmt.Fprintf(&summary, "%s: %d functions, N = %d hours, best baseline %s, R2 of the hourly model above it by %.4f (%s). ",
			region, g.Functions, g.N, best.Name, best.Gain.Difference, report.Bounds(best.Gain, 4))
	}
	t := report.NewTable(heading...)
	for i, m := range all[0].Methods {
		cells := []string{m.Name}
		for _, g := range all {
			cells = append(cells, report.Accuracy(g.Methods[i].Accuracy, 4)...)
		}
		t.Row(cells)
	}
	return report.Section{Name: name, Title: title, Text: introduction(protocol, "") + t.String() + summary.String(), Data: all}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"prewarm/shared/cli"
)

// runs are the figures of several comparisons that differ in their seed: by seed, arm and
// name of the figure.
type runs []map[string]map[string]float64

// seedFile returns the name of the file with the figures of one seed.
func seedFile(seed uint64) string { return fmt.Sprintf("seed-%d.json", seed) }

// summarise prints the figures of all seeds that were compared, with intervals.
func summarise(_ context.Context, args []string, out, log io.Writer) error {
	fs := flag.NewFlagSet("experiment summary", flag.ContinueOnError)
	fs.SetOutput(log)
	state := fs.String("state", ".state/compare", "`directory` of the comparisons")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(*state, "seed-*.json"))
	if err != nil {
		return err
	}
	if len(files) < 2 {
		return fmt.Errorf("summary needs two seeds at least, %s has %d: run experiment compare -seed N first", *state, len(files))
	}
	var all runs
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		one, err := parseRun(body)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, one)
	}
	fmt.Fprintf(out, "%d seeds; mean and 95 %% interval (Student's t) over the seeds. Ratios are geometric means.\n", len(all))
	return errors.Join(writeAligned(out, all.table()), cli.WriteFile(filepath.Join(*state, "summary.md"), func(w io.Writer) error { return writeMarkdown(w, all.table()) }))
}

// parseRun reads the figures of one seed, as writeReports writes them.
func parseRun(body []byte) (map[string]map[string]float64, error) {
	var arms map[string]struct {
		Figures map[string]float64 `json:"figures"`
	}
	if err := json.Unmarshal(body, &arms); err != nil {
		return nil, fmt.Errorf("figures must be JSON: %w", err)
	}
	out := map[string]map[string]float64{}
	for _, name := range armNames() {
		out[name] = arms[name].Figures
		for _, f := range compareFigures() {
			if _, ok := out[name][f.name]; !ok {
				return nil, fmt.Errorf("arm %q must have the figure %q", name, f.name)
			}
		}
	}
	return out, nil
}

// armNames returns the names of the arms of compare, in their order.
func armNames() (names []string) {
	for _, a := range compareArms("") {
		names = append(names, a.name)
	}
	return names
}

// table returns the figures as text: a heading, and a row for each figure, as table does for
// one seed.
func (r runs) table() [][]string {
	names := armNames()
	heading := append([]string{""}, names...)
	for _, name := range names[1:] {
		heading = append(heading, name+" / "+names[0])
	}
	rows := [][]string{heading}
	for _, f := range compareFigures() {
		row := []string{f.name}
		for _, name := range names {
			row = append(row, interval(f.format, r.values(name, f.name), func(x float64) float64 { return x }))
		}
		for _, name := range names[1:] {
			row = append(row, interval("%.2f", r.logRatios(name, names[0], f.name), math.Exp))
		}
		rows = append(rows, row)
	}
	return rows
}

// values returns a figure of an arm, by seed.
func (r runs) values(arm, figure string) (out []float64) {
	for _, one := range r {
		out = append(out, one[arm][figure])
	}
	return out
}

// logRatios returns the logarithm of the ratio of two arms, by seed; nothing if a figure is not
// above 0 in one of them.
func (r runs) logRatios(arm, first, figure string) (out []float64) {
	for i, a := range r.values(arm, figure) {
		b := r.values(first, figure)[i]
		if !(a > 0 && b > 0) {
			return nil
		}
		out = append(out, math.Log(a/b))
	}
	return out
}

// interval returns the mean of values with its 95 % interval as text, after back.
func interval(format string, values []float64, back func(float64) float64) string {
	n := float64(len(values))
	if n < 2 {
		return "-"
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	half := distuv.StudentsT{Nu: n - 1, Sigma: 1}.Quantile(0.975) * deviation / math.Sqrt(n)
	return fmt.Sprintf(format+" ("+format+" to "+format+")", back(mean), back(mean-half), back(mean+half))
}

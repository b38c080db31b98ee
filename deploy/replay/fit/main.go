// Fit trains the replica model from load grids and reports how good it is on
// folds that it was not trained on.
//
//	go run ./deploy/replay/fit -objective 0.5 -out capacity.bin grid.csv more.csv
//	go run ./deploy/replay/fit -hey-grid hey_grid.csv
//
// The answer of a row is the fewest replicas that met the objective for its load;
// rows of loads that none met are left out. With -hey-grid the answers are the
// replicas that an HPA had, which lag behind the load: a comparison, and no
// model is written.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"prewarm/deploy/replay/loadgrid"
	"prewarm/shared/atomicfile"
	"prewarm/shared/capacity"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	objective    loadgrid.Objective
	heyGrid, out string
	folds        int
	seed         uint64
	files        []string
}

func parseOptions(args []string, usage io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("fit", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.Float64Var(&o.objective.Percentile, "percentile", 99, "of the latency objective: 10, 50, 75, 90 or 99")
	flags.Float64Var(&o.objective.Latency, "objective", 0.5, "latency at the percentile in `seconds`")
	flags.Float64Var(&o.objective.ErrorRate, "errors", 0.01, "share of calls that may fail")
	flags.StringVar(&o.heyGrid, "hey-grid", "", "evaluate on this `file` of the public load tests instead")
	flags.StringVar(&o.out, "out", "", "write the model to this `file`")
	flags.IntVar(&o.folds, "folds", 5, "`number` of folds")
	flags.Uint64Var(&o.seed, "seed", 1, "of forest and random folds")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.files = flags.Args()
	switch {
	case !slices.Contains(loadgrid.Percentiles[:], o.objective.Percentile):
		return o, fmt.Errorf("-percentile must be one of %v, was: %v", loadgrid.Percentiles, o.objective.Percentile)
	case o.folds < 2:
		return o, fmt.Errorf("-folds must be at least 2, was: %d", o.folds)
	case (o.heyGrid == "") == (len(o.files) == 0):
		return o, errors.New("name either files of load grids or -hey-grid")
	case o.heyGrid != "" && o.out != "":
		return o, errors.New("-hey-grid is for comparison only: -out must not be set")
	}
	return o, nil
}

// run reports on random and blocked folds, then trains on all samples.
func run(args []string, out, log io.Writer) error {
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	samples, err := o.samples(log)
	if err != nil {
		return err
	}
	if len(samples) < o.folds {
		return fmt.Errorf("%d samples are too few for %d folds", len(samples), o.folds)
	}
	for _, random := range []bool{false, true} {
		folds := capacity.Folds(len(samples), o.folds, random, rand.New(rand.NewPCG(o.seed, 1)))
		scores, err := capacity.Evaluate(samples, folds, o.seed)
		if err != nil {
			return err
		}
		if err := print(out, len(samples), random, scores); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	m, err := capacity.Train(samples, rand.New(rand.NewPCG(o.seed, 0)))
	if err != nil {
		return err
	}
	return atomicfile.Write(o.out, func(w io.Writer) error { return capacity.Save(w, m) })
}

func (o options) samples(log io.Writer) ([]capacity.Sample, error) {
	if o.heyGrid != "" {
		file, err := os.Open(o.heyGrid)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return capacity.ReadHeyGrid(file)
	}
	var all []capacity.Sample
	for _, path := range o.files {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		rows, err := loadgrid.Read(file)
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		samples := loadgrid.Samples(rows, o.objective)
		fmt.Fprintf(log, "%s: %d rows, %d with an answer\n", path, len(rows), len(samples))
		all = append(all, samples...)
	}
	return all, nil
}

func print(out io.Writer, n int, random bool, scores []capacity.Score) error {
	kind := "blocked"
	if random {
		kind = "random"
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d samples, %s folds\taccuracy\terror (replicas)\tenough, at most one too many\trecall by replicas\n", n, kind)
	for _, s := range scores {
		var recall []string
		for _, class := range slices.Sorted(maps.Keys(s.Recall)) {
			recall = append(recall, fmt.Sprintf("%d: %.2f", class, s.Recall[class]))
		}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%s\n", s.Name, s.Accuracy, s.Error, s.AtMost, strings.Join(recall, ", "))
	}
	return w.Flush()
}

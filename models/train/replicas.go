package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"prewarm/models/train/replicafit"
	"prewarm/shared/capacity"
	"prewarm/shared/cli"
	"prewarm/shared/loadtest"
)

// replicaOptions are the flags of the replica model.
type replicaOptions struct {
	grids     []string
	heyGrid   string
	function  string
	objective loadtest.Objective
	headroom  float64
	folds     int
}

// flags declares the flags of the replica model.
func (s *replicaOptions) flags(flags *flag.FlagSet) {
	flags.Func("grid", "train the replica model instead, from these `files` of load grids, with commas between", func(v string) error {
		s.grids = strings.Split(v, ",")
		return nil
	})
	flags.StringVar(&s.heyGrid, "hey-grid", "", "evaluate the replica model on this `file` of the public load tests instead; nothing is written")
	flags.StringVar(&s.function, "function", "load-test", "name that functions ask for the replica model by, or `name.namespace` of the one that was tested")
	flags.Float64Var(&s.objective.Percentile, "percentile", 99, "of the latency objective: 10, 50, 75, 90 or 99")
	flags.Float64Var(&s.objective.Latency, "objective", 0.5, "latency at the percentile in `seconds`")
	flags.Float64Var(&s.objective.ErrorRate, "errors", 0.01, "share of calls that may fail")
	flags.Float64Var(&s.headroom, "headroom", 0.25, "`share` of a replica, 0 to 0.5, by which answers keep away from too few")
	flags.IntVar(&s.folds, "folds", 5, "`number` of folds that the replica model is evaluated on")
}

// asked reports whether the replica model is to be trained or evaluated.
func (s *replicaOptions) asked() bool { return len(s.grids) > 0 || s.heyGrid != "" }

// check names the first flag out of bounds. It runs for every training, since the
// defaults are valid.
func (s *replicaOptions) check() error {
	switch err := s.objective.Check(); {
	case err != nil:
		return err
	case !(s.headroom >= 0 && s.headroom <= 0.5):
		return fmt.Errorf("-headroom must be between 0 and 0.5, was: %v", s.headroom)
	case s.folds < 2:
		return fmt.Errorf("-folds must be at least 2, was: %d", s.folds)
	case s.function == "" || len(s.function) > capacity.MaxText:
		return fmt.Errorf("-function must have 1 to %d characters, had: %d", capacity.MaxText, len(s.function))
	case len(s.grids) > 0 && s.heyGrid != "":
		return errors.New("-grid and -hey-grid exclude each other")
	}
	return nil
}

// training returns the options of the training.
func (s *replicaOptions) training() replicafit.Options {
	if s.heyGrid != "" {
		// The answers of the public load tests are those of an HPA, without an objective:
		// one replica too many is no better than one too few. The bounds are symmetric, a
		// quarter of a replica on either side.
		return replicafit.Options{Low: 0.25, High: 0.25}
	}
	objective := fmt.Sprintf("p%.0f at most %.3g s, at most %.3g %% errors", s.objective.Percentile, s.objective.Latency, 100*s.objective.ErrorRate)
	return replicafit.Options{About: capacity.About{Name: s.function, Objective: objective}, Low: s.headroom}
}

// trainReplicas reports how good the replica model is on loads that it was not
// trained on. Except for the public load tests, it then trains the model on all loads
// and writes replicas.bin to dir.
func trainReplicas(s replicaOptions, dir string, seed uint64, out, log io.Writer) error {
	samples, err := s.samples(log)
	if err != nil {
		return err
	}
	o := s.training()
	if err := evaluateReplicas(out, samples, s.folds, o, seed); err != nil {
		return err
	}
	if s.heyGrid != "" {
		fmt.Fprintln(out, "The answers are the replicas that an HPA had at the time, which lag behind the load: not what the loads needed.")
		return nil
	}
	// The shipped model is trained on all samples: the scores above are those of
	// models that saw fewer, so they are on the cautious side.
	m, err := replicafit.Train(samples, o, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "replicas.bin")
	if err := cli.WriteFile(path, func(w io.Writer) error { return capacity.Save(w, m) }); err != nil {
		return err
	}
	fmt.Fprintf(log, "%s: %s, %s; from %.3g calls/s, replicas carry %.3g calls/s\n", path, o.About.Name, o.About.Objective, m.LowestRate, m.Carry)
	return nil
}

// evaluateReplicas prints the scores of both kinds of folds. Blocked folds hold out a
// range of loads, which asks the model to extrapolate. Random folds hold out loads
// between known ones, which is easier. The difference shows how much the model depends
// on having seen similar loads.
func evaluateReplicas(out io.Writer, samples []loadtest.Sample, number int, o replicafit.Options, seed uint64) error {
	for _, random := range []bool{false, true} {
		// The sources of folds and training differ in their second word, so the
		// choice of folds does not change the model that is shipped.
		folds := replicafit.Folds(samples, number, random, rand.New(rand.NewPCG(seed, 1)))
		scores, err := replicafit.Evaluate(samples, folds, o, seed)
		if err != nil {
			return err
		}
		if err := printScores(out, samples, random, scores); err != nil {
			return err
		}
	}
	return nil
}

// samples reads the public load tests, or the load grids. A load that several grids
// measured is one load.
func (s *replicaOptions) samples(log io.Writer) ([]loadtest.Sample, error) {
	if s.heyGrid != "" {
		return read(s.heyGrid, loadtest.ReadHeyGrid)
	}
	var rows []loadtest.Row
	for _, path := range s.grids {
		more, err := read(path, loadtest.Read)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	// Rows of all files are joined first, since the answer of a load is the least
	// over all of its runs.
	samples := loadtest.Samples(rows, s.objective)
	fmt.Fprintf(log, "%d runs, %d with an answer\n", len(rows), len(samples))
	if len(samples) == 0 {
		return nil, errors.New("no load met the objective at any number of replicas")
	}
	return samples, nil
}

// read parses the file at path. Errors of parse are prefixed with the path, those of
// os.Open name it already.
func read[T any](path string, parse func(io.Reader) (T, error)) (T, error) {
	var none T
	file, err := os.Open(path)
	if err != nil {
		return none, err
	}
	defer file.Close()
	parsed, err := parse(file)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return parsed, nil
}

// printScores writes one row per method. Recall is listed by number of replicas,
// because the common small numbers dominate the accuracy.
func printScores(out io.Writer, samples []loadtest.Sample, random bool, scores []replicafit.Score) error {
	kind := "blocked"
	if random {
		kind = "random"
	}
	loads := map[int]bool{}
	for _, s := range samples {
		loads[s.Load] = true
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d runs of %d loads, %s folds\taccuracy\terror (replicas)\tenough, at most one too many\trecall by replicas\n", len(samples), len(loads), kind)
	for _, s := range scores {
		var recall []string
		for _, class := range slices.Sorted(maps.Keys(s.Recall)) {
			recall = append(recall, fmt.Sprintf("%d: %.2f", class, s.Recall[class]))
		}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%s\n", s.Name, s.Accuracy, s.Error, s.AtMost, strings.Join(recall, ", "))
	}
	return w.Flush()
}

// Command train trains the models that package models embeds.
//
//	go run ./models/train -traces ../shared/traces -out models -seed 1
//	go run ./models/train -trace calls.csv -out DIR
//	go run ./models/train -grid GRID.csv,MORE.csv -percentile 90 -objective 0.15 -out models
//	go run ./models/train -hey-grid hey_grid.csv
//	go run ./models/train -boosted -out models/simulate/boosted
//
// It trains on the real traces found under -traces, or on those of -trace, which may be
// your own data. Only with -generate it makes up functions where a trace is missing.
// Functions of the test group are left out. After an interrupt the same command resumes
// the training from the progress in -state.
//
// With -grid it trains the replica model from load tests, after a report on loads
// that were held out. The answer of a load is the fewest replicas that met the
// objective. With -hey-grid the answers are the replicas that an HPA had, which
// lag behind the load: a comparison, and nothing is written.
//
// With -boosted it trains the trees of the simulator's policy of that name, a rival of
// prewarm, by folds over the owners.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"prewarm/models/train/code"
	"prewarm/models/train/fit"
	"prewarm/shared/cli"
	"prewarm/shared/forecast"
)

func main() { cli.Main("train", run) }

// options are the flags of the command.
type options struct {
	traces, out, state string
	own                []string // paths of -trace
	generate           bool     // make up what is missing
	reader             cli.TraceReader
	hourlyOnly         bool
	boosted            bool // train the trees of the simulator's policy instead
	training           fit.Options
	replicas           replicaOptions
}

// parse reads the flags. Its defaults are the options of the shipped model, so a
// call without flags reproduces it.
func parse(args []string, log io.Writer) (options, error) {
	s := options{training: fit.Defaults(1)}
	flags := flag.NewFlagSet("train", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&s.traces, "traces", "../shared/traces", "`directory` with the folders of the published traces")
	flags.Func("trace", "train on the trace at this `path` instead, a directory or a file; may be repeated; the hourly model is then left out, as it needs regions", func(path string) error {
		s.own = append(s.own, path)
		return nil
	})
	flags.BoolVar(&s.generate, "generate", false, "train on generated functions and regions where a trace is missing under -traces")
	flags.StringVar(&s.out, "out", "models", "directory that forecast.bin and hourly.bin, or replicas.bin or boosted.bin, are written to")
	flags.StringVar(&s.state, "state", ".state/train/checkpoint", "file that progress is kept in")
	s.reader.Flags(flags)
	flags.Uint64Var(&s.training.Seed, "seed", s.training.Seed, "seed of all randomness")
	flags.IntVar(&s.training.Hidden, "hidden", s.training.Hidden, "cells of the network")
	flags.IntVar(&s.training.Updates, "updates", s.training.Updates, "updates of each of the three LSTMs, 128 windows each")
	flags.IntVar(&s.training.Examples, "examples", s.training.Examples, "windows that what follows the LSTM is trained on")
	flags.BoolVar(&s.hourlyOnly, "hourly", false, "train the hourly model alone")
	flags.BoolVar(&s.boosted, "boosted", false, "train the trees of the simulator's policy boosted instead")
	s.replicas.flags(flags)
	if err := cli.Parse(flags, args); err != nil {
		return s, err
	}
	return s, errors.Join(s.check(), s.replicas.check())
}

// check returns the first flag that excludes another one.
func (s options) check() error {
	switch {
	case len(s.own) > 0 && s.generate:
		return errors.New("-trace and -generate exclude each other")
	case len(s.own) > 0 && s.hourlyOnly:
		return errors.New("-hourly needs the regions under -traces, and excludes -trace")
	case s.boosted && (s.hourlyOnly || s.replicas.asked()):
		return errors.New("-boosted excludes -hourly, -grid and -hey-grid")
	}
	return nil
}

// run trains what the flags ask for and writes the files. Progress in -state is
// removed last: if writing fails, the same command does not have to train again.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	s, err := parse(args, log)
	if err != nil {
		return err
	}
	if s.replicas.asked() {
		return trainReplicas(s.replicas, s.out, s.training.Seed, out, log)
	}
	// Checked before the training, which takes long, rather than at the first write
	// after it.
	if info, err := os.Stat(s.out); err != nil || !info.IsDir() {
		return fmt.Errorf("-out must be a directory that is there, was: %q", s.out)
	}
	begin := time.Now()
	s.training.Progress = progress(log, time.Now)
	if s.boosted {
		return trainBoosted(ctx, s, log)
	}
	made, err := train(ctx, s, log)
	if err != nil {
		return err
	}
	if err := made.write(s.out); err != nil {
		return err
	}
	fmt.Fprintf(log, "trained in %s\n", time.Since(begin).Round(time.Second))
	return s.forget()
}

// train trains the models that the flags ask for. Nothing is written yet, so that a
// failure leaves all files as they were.
func train(ctx context.Context, s options, log io.Writer) (made weights, err error) {
	// Both inputs are read before any training begins, so that a malformed trace
	// fails within seconds.
	tasks, err := gather(s, log)
	if err != nil {
		return made, err
	}
	var region []int32
	if len(s.own) == 0 {
		if region, err = firstRegion(s, log); err != nil {
			return made, err
		}
	}
	if !s.hourlyOnly {
		if made.forecast, err = trainForecast(ctx, s, tasks, log); err != nil {
			return made, err
		}
	}
	if region == nil {
		fmt.Fprintln(log, "hourly.bin is left as it is: the hourly model needs the series of a region")
		return made, nil
	}
	made.hourly, err = trainHourly(ctx, s, tasks, region, log)
	return made, err
}

// trainForecast trains the forecaster, from the progress in -state on, and returns
// its file.
func trainForecast(ctx context.Context, s options, tasks []fit.Task, log io.Writer) ([]byte, error) {
	var err error
	// The identity of the code is part of the fingerprint of a checkpoint: progress
	// of other code is not resumed.
	if s.training.Code, err = code.At("."); err != nil {
		return nil, err
	}
	m, err := fit.Train(ctx, s.training, tasks, fit.File(s.state))
	if errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("%w (progress is kept in %s; the same command goes on from there)", err, s.state)
	}
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := forecast.Save(&buf, m); err != nil {
		return nil, err
	}
	// As in trainHourly, the file is read back before it may replace another one.
	p, err := forecast.Load(bytes.NewReader(buf.Bytes()))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "forecast.bin: %d bytes, version %s, %d nodes, stack %+v, adaptation %+v\n",
		buf.Len(), p.Version(), m.Refiner.Nodes(), m.Stack, m.Adapt)
	return buf.Bytes(), nil
}

// forget removes the progress of a finished training.
func (s options) forget() error {
	// The hourly model keeps no progress; a checkpoint that is there belongs to an
	// interrupted training of the forecaster.
	if s.hourlyOnly {
		return nil
	}
	return os.Remove(s.state)
}

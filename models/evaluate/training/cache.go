package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"prewarm/models/train/fit"
	"prewarm/shared/cli"
	"prewarm/shared/forecast"
)

// Cache is a directory of trained models. It never removes the file of a model:
// another command may ask for it again.
type Cache struct {
	Dir  string
	Code string // identity of the code that trains
	Log  io.Writer
}

// atOnce bounds the trainings at the same time: each takes some 500 MB.
const atOnce = 4

// Models returns the model of each plan and trains those that the cache does not
// have. If ctx ends before, the error wraps ctx.Err(); the next call continues
// from the checkpoints of the unfinished trainings.
func (c Cache) Models(ctx context.Context, plans []Plan) ([]*forecast.Predictor, error) {
	models := make([]*forecast.Predictor, len(plans))
	var missing []int
	for i, p := range plans {
		m, err := c.load(p)
		// A file that is there and cannot be read is an error, not a reason to train
		// again.
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, i)
		} else if err != nil {
			return nil, err
		}
		models[i] = m
	}
	if len(missing) == 0 {
		return models, nil
	}
	bar := cli.NewBar(c.Log, fmt.Sprintf("train %d models", len(missing)), int64(len(missing))*trainingSteps)
	defer bar.Done()
	// The first training that fails ends the others, which keep their checkpoints.
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(atOnce, runtime.GOMAXPROCS(0)))
	for _, i := range missing {
		group.Go(func() (err error) {
			models[i], err = c.train(ctx, plans[i], bar)
			return err
		})
	}
	return models, group.Wait()
}

// path returns the file of a plan: .bin is the model, .checkpoint the state of an
// unfinished training.
func (c Cache) path(p Plan, ext string) string {
	return filepath.Join(c.Dir, p.Name+"-"+p.key(c.Code)+ext)
}

// load reads the model of a plan. The error wraps fs.ErrNotExist if the cache does
// not have it.
func (c Cache) load(p Plan) (*forecast.Predictor, error) {
	f, err := os.Open(c.path(p, ".bin"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := forecast.Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return m, nil
}

// train trains the model of a plan, from its checkpoint if there is one, and saves
// it.
func (c Cache) train(ctx context.Context, p Plan, bar *cli.Bar) (*forecast.Predictor, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	progress := &progress{bar: bar}
	p.Options.Progress = progress.report
	checkpoint := c.path(p, ".checkpoint")
	m, err := fit.Train(ctx, p.Options, p.Tasks, fit.File(checkpoint))
	if errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("%s: %w (progress is kept in %s; the same command continues from there)", p.Name, err, c.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	if err := cli.WriteFile(c.path(p, ".bin"), func(w io.Writer) error { return forecast.Save(w, m) }); err != nil {
		return nil, err
	}
	// Removed only after the model is written: an interruption in between costs
	// nothing.
	if err := os.Remove(checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	progress.finish()
	// Read back from the file: the first run and all later ones then score exactly
	// the same model.
	return c.load(p)
}

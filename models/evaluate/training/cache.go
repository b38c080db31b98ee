package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"prewarm/shared/cli"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/fit"
)

// Cache is a directory of trained models. Files of models that are not asked
// for any more stay until someone removes the directory.
type Cache struct {
	Dir  string
	Code string // identity of the code that trains
	Log  io.Writer
}

// atOnce bounds the trainings under way: each holds some 500 MB.
const atOnce = 4

// Models returns the model of each plan, trained where it is not in the cache.
// Trainings that do not end because ctx does are taken up by the next call; the
// error then wraps ctx.Err().
func (c Cache) Models(ctx context.Context, plans []Plan) ([]*forecast.Predictor, error) {
	models := make([]*forecast.Predictor, len(plans))
	var missing []int
	for i, p := range plans {
		m, err := c.load(p)
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
	bar := cli.NewBar(c.Log, fmt.Sprintf("train %d models", len(missing)), int64(len(missing))*wholeTraining)
	defer bar.Done()
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

func (c Cache) path(p Plan, ext string) string {
	return filepath.Join(c.Dir, p.Name+"-"+p.key(c.Code)+ext)
}

// load returns the model of a plan from its file.
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

// train trains the model of a plan, or what is missing of it, and keeps it.
func (c Cache) train(ctx context.Context, p Plan, bar *cli.Bar) (*forecast.Predictor, error) {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	share := &trainingShare{bar: bar}
	p.Options.Progress = share.report
	checkpoint := c.path(p, ".checkpoint")
	m, err := fit.Train(ctx, p.Options, p.Tasks, fit.File(checkpoint))
	if errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("%s: %w (progress is kept in %s; the same command goes on from there)", p.Name, err, c.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	var file bytes.Buffer
	if err := forecast.Save(&file, m); err != nil {
		return nil, err
	}
	err = cli.WriteFile(c.path(p, ".bin"), func(w io.Writer) error {
		_, err := w.Write(file.Bytes())
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := os.Remove(checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	share.end()
	return forecast.Load(&file)
}

// wholeTraining is the steps of a bar that one training takes: networkSteps
// for each of the three networks, the rest for the forests.
const (
	wholeTraining = 100
	networkSteps  = 20
)

// trainingShare moves a bar by one training.
type trainingShare struct {
	bar   *cli.Bar
	stage string
	begun int64 // steps of the stages before
	moved int64
}

// report is a fit.Progress.
func (s *trainingShare) report(stage string, done, total int, _ float64) {
	if total <= 1 { // a stage without steps that can be counted
		return
	}
	if s.stage != "" && stage != s.stage {
		s.begun += networkSteps
	}
	s.stage = stage
	s.to(s.begun + int64(networkSteps*done/total))
}

func (s *trainingShare) end() { s.to(wholeTraining) }

func (s *trainingShare) to(at int64) {
	if at = min(at, wholeTraining); at > s.moved {
		s.bar.Add(at - s.moved)
		s.moved = at
	}
}

// Package boosted embeds the trained trees of the simulator's policy "boosted". README.md of
// package models is their model card.
package boosted

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"

	"prewarm/models/train/boostfit"
	"prewarm/shared/cli"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
)

// trees is a file that rival.LoadBoosted reads, written by models/train -boosted.
//
//go:embed boosted.bin
var trees []byte

// Load returns the embedded trees.
func Load() (*rival.BoostedModel, error) {
	m, err := rival.LoadBoosted(bytes.NewReader(trees))
	if err != nil {
		return nil, fmt.Errorf("boosted: embedded trees: %w", err)
	}
	return m, nil
}

// Odds predicts every minute of w, the workload of t, with progress in log. Each function is
// predicted by trees that have not seen its owner.
func Odds(ctx context.Context, t *trace.Trace, w *simulate.Workload, log io.Writer) (*rival.BoostedOdds, error) {
	m, err := Load()
	if err != nil {
		return nil, err
	}
	bar := cli.NewBar(log, "boosted trees", int64(w.Minutes))
	defer bar.Done()
	return rival.NewBoostedOdds(ctx, w, m, boostfit.Folds(t), func() { bar.Add(1) })
}

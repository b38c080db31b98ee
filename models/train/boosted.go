package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"prewarm/models/train/boostfit"
	"prewarm/shared/cli"
	"prewarm/shared/simulate/rival"
)

// trainBoosted trains the trees of the policy "boosted" and writes boosted.bin.
func trainBoosted(ctx context.Context, s options, log io.Writer) error {
	traces, err := s.gather(log)
	if err != nil {
		return err
	}
	o := boostfit.Defaults(s.training.Seed)
	o.Progress = s.training.Progress
	m, err := boostfit.Train(ctx, o, traces)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := rival.SaveBoosted(&file, m); err != nil {
		return err
	}
	// Read back before it may replace another file.
	if m, err = rival.LoadBoosted(bytes.NewReader(file.Bytes())); err != nil {
		return err
	}
	fmt.Fprintf(log, "boosted.bin: %d bytes, version %s\n", file.Len(), m.Version())
	return cli.WriteFile(filepath.Join(s.out, "boosted.bin"), func(to io.Writer) error {
		_, err := to.Write(file.Bytes())
		return err
	})
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"prewarm/shared/cli"
)

// maxWeights bounds the files of both forecasters together, in bytes. They are part
// of the program of every function that forecasts.
const maxWeights = 118_000

// weights are the files that a training writes. A nil file is not written.
type weights struct{ forecast, hourly []byte }

// write replaces the files in dir, each as a whole. It replaces none if they would
// be too large together, the forecaster that is already in dir included.
//
// The size is checked before the first file is replaced. A failure between the two
// files leaves a new forecaster beside an old hourly model; both load, as neither
// depends on the other.
func (w weights) write(dir string) error {
	beside, err := w.beside(dir)
	if err != nil {
		return err
	}
	if total := beside + len(w.forecast) + len(w.hourly); total > maxWeights {
		return fmt.Errorf("weights of forecast.bin and hourly.bin must have at most %d bytes together, had: %d; use fewer trees, leaves or cells", maxWeights, total)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{"forecast.bin", w.forecast}, {"hourly.bin", w.hourly}} {
		if f.data == nil {
			continue
		}
		err := cli.WriteFile(filepath.Join(dir, f.name), func(to io.Writer) error {
			_, err := to.Write(f.data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// beside returns the size of the forecaster in dir that stays beside a new hourly
// model: a function embeds both. It is 0 if the forecaster is new too, or missing.
func (w weights) beside(dir string) (int, error) {
	if w.forecast != nil {
		return 0, nil
	}
	info, err := os.Stat(filepath.Join(dir, "forecast.bin"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return int(info.Size()), nil
}

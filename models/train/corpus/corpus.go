// Package corpus reads the traces that models are trained on.
package corpus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"prewarm/models/train/fit"
	"prewarm/shared/cli"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// Folders returns the traces that models are trained on, each a folder below the
// directory of all traces. Other folders, such as the load test, are not trained
// on.
func Folders() []string {
	return []string{"azure2019", "azure2019_single_day", "huawei2023_private"}
}

// All reads those traces of Folders that exist below dir. There may be none.
func All(r cli.TraceReader, dir string) ([]*trace.Trace, error) {
	var all []*trace.Trace
	for _, folder := range Folders() {
		path := filepath.Join(dir, folder)
		// Only a missing folder is skipped. One that is there and cannot be read
		// fails the training: a model on part of the data would look like a complete
		// one.
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		t, err := r.Open(path)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// Tasks returns the functions of all traces that have at least one call.
func Tasks(traces []*trace.Trace) []fit.Task {
	var tasks []fit.Task
	for _, t := range traces {
		tasks = append(tasks, fit.FromTrace(t)...)
	}
	return tasks
}

// Generated returns generated functions, for a training without a trace.
func Generated(seed uint64) (*trace.Trace, error) {
	// Rare functions are skipped: with too few calls to learn from, they would only
	// lengthen the training.
	return synthetic.Generate(synthetic.Options{Seed: seed, Functions: 1000, SkipRare: true})
}

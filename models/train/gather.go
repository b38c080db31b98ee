package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
)

// folders returns the traces that are trained on. Those of other folders, the
// load test among them, are not.
func folders() []string {
	return []string{"azure2019", "azure2019_single_day", "huawei2023_private"}
}

// gather reads the functions of all traces under dir, or generates some where
// there is no trace.
func gather(dir string, seed uint64, log io.Writer) ([]fit.Task, error) {
	var tasks []fit.Task
	for _, folder := range folders() {
		path := filepath.Join(dir, folder)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		t, err := trace.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		found := fit.FromTrace(t)
		fmt.Fprintf(log, "%s: %d functions that are called, %d minutes\n", folder, len(found), t.Minutes)
		tasks = append(tasks, found...)
	}
	if len(tasks) > 0 {
		return tasks, nil
	}
	fmt.Fprintf(log, "no trace under %s: training on generated functions\n", dir)
	t, err := trace.Generate(trace.GeneratorOptions{Seed: seed, Functions: 1000, SkipRare: true})
	if err != nil {
		return nil, err
	}
	return fit.FromTrace(t), nil
}

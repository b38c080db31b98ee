package main

import (
	"fmt"
	"io"
	"time"

	"prewarm/models/train/fit"
)

// progress returns a function that reports at most every two seconds, and the begin
// and the end of every stage.
func progress(log io.Writer, now func() time.Time) fit.Progress {
	var last time.Time
	var lastStage string
	return func(stage string, done, total int, loss float64) {
		if stage == lastStage && now().Sub(last) < 2*time.Second && done < total {
			return
		}
		last, lastStage = now(), stage
		fmt.Fprintf(log, "%-18s %5d/%d", stage, done, total)
		if loss > 0 {
			fmt.Fprintf(log, "  cross-entropy %.4f", loss)
		}
		fmt.Fprintln(log)
	}
}

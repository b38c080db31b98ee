// Package audit runs two published protocols on public data, as published and
// without their leaks. A leak is information about the answer that a forecast
// would not have.
//
//   - The cold starts of the next hour, forecast from three hours: published with
//     RMSE 0.117, R2 0.876 and 100 % within 0.5 on 8 points.
//   - The replicas of a load test, classified by its features: published with an
//     accuracy of 93.1 %.
//
// The programs behind these figures are not public. This package runs the
// published protocols with models of the same kinds: an LSTM that is meta-trained
// on dense series, adapted to each sparse one and refined by a random forest; and
// a random forest for the replicas.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"prewarm/shared/loadtest"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// The published figures. The publication does not state whether the errors are in
// cold starts or in units of a scaler.
const (
	ClaimedRMSE     = 0.117
	ClaimedR2       = 0.876
	ClaimedWithin   = 1.0 // share within 0.5
	ClaimedPoints   = 8
	ClaimedAccuracy = 0.931 // of replicas
)

// Result holds the scores of an audit, as they stand in report.json. It depends on
// the data and the seed only.
type Result struct {
	Seed      uint64          `json:"seed"`
	Deviation float64         `json:"deviation_behind_the_claim"` // see claimedDeviation
	Forecast  []ForecastAudit `json:"forecast"`
	Replicas  *ReplicaAudit   `json:"replicas,omitempty"`
	Missing   []string        `json:"missing,omitempty"` // data that does not exist
}

// Run audits both protocols on the data in the directory traces:
// huawei2025_regions, azure2019, azure2019_single_day and
// hey_loadtest/hey_grid.csv; and on generated functions. Data that does not exist
// is named in the result. Run returns the context's error once ctx is done.
func Run(ctx context.Context, traces string, seed uint64, log io.Writer) (*Result, error) {
	r := &Result{Seed: seed, Deviation: claimedDeviation()}
	if err := r.addForecasts(ctx, sources(traces, seed), log); err != nil {
		return nil, err
	}
	return r, r.addReplicas(filepath.Join(traces, "hey_loadtest", "hey_grid.csv"))
}

// addForecasts audits the forecasts on each data set. The log has a line for each,
// since an audit of all of them takes minutes.
func (r *Result) addForecasts(ctx context.Context, all []source, log io.Writer) error {
	for _, source := range all {
		d, err := source.read()
		if errors.Is(err, fs.ErrNotExist) {
			r.Missing = append(r.Missing, source.name)
			continue
		}
		if err != nil {
			return fmt.Errorf("audit: %s: %w", source.name, err)
		}
		fmt.Fprintf(log, "audit of %s: %d dense series, %d sparse\n", source.name, len(d.Dense), len(d.Sparse))
		f, err := auditForecast(ctx, source.name, d, r.Seed)
		if err != nil {
			return fmt.Errorf("audit: %s: %w", source.name, err)
		}
		r.Forecast = append(r.Forecast, *f)
	}
	return nil
}

// addReplicas audits the classifier on the load tests of a file.
func (r *Result) addReplicas(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		r.Missing = append(r.Missing, "load tests")
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer f.Close()
	samples, err := loadtest.ReadHeyGrid(f)
	if err != nil {
		return fmt.Errorf("audit: %s: %w", path, err)
	}
	r.Replicas, err = auditReplicas(samples, r.Seed)
	return err
}

// source is a data set of the forecast audit. If it does not exist, the error of
// read wraps fs.ErrNotExist.
type source struct {
	name string
	read func() (Data, error)
}

// The generated data set: with this many functions its sparse ones are as
// numerous as those of four regions.
const (
	generatedFunctions = 600
	generatedDays      = 7
)

// sources returns the data sets in the order of the report.
func sources(traces string, seed uint64) []source {
	open := func(folder string, data func(*trace.Trace) Data) func() (Data, error) {
		return func() (Data, error) {
			t, err := trace.Open(filepath.Join(traces, folder))
			if err != nil {
				return Data{}, err
			}
			return data(t), nil
		}
	}
	generate := func() (Data, error) {
		t, err := synthetic.Generate(synthetic.Options{
			Seed: seed, Functions: generatedFunctions, Minutes: generatedDays * trace.MinutesPerDay, ColdStarts: true,
		})
		if err != nil {
			return Data{}, err
		}
		return ByRegion(t), nil
	}
	return []source{
		{"regions, real: R1 to R2-R5", open("huawei2025_regions", ByRegion)},
		{"functions, generated: R1 to R2-R5", generate},
		{"functions, azure2019: dense to sparse", open("azure2019", ByDensity)},
		{"functions, azure2019_single_day: dense to sparse", open("azure2019_single_day", ByDensity)},
	}
}

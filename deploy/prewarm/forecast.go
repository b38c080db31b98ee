package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/text"
	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// forecast returns the subcommand that forecasts from counts, without a gateway.
func (p *program) forecast() *cobra.Command {
	var step time.Duration
	var steps int
	cmd := &cobra.Command{
		Use: "forecast < counts.csv", Short: "Forecast the calls of a function from its counts, without a gateway",
		Long: "Forecast the next steps of one function with the embedded model. Standard input has one step a line, oldest first: calls, or time,calls (RFC 3339 or Unix seconds). A dash is a step that was not measured. Three hours are enough to begin; a day is used.",
		Args: cobra.NoArgs,
	}
	cmd.Flags().DurationVar(&step, "step", time.Minute, "`length` of a step, in whole seconds up to an hour")
	cmd.Flags().IntVar(&steps, "steps", 15, "`number` of steps to show, up to 60")
	cmd.RunE = p.work(func(*cobra.Command, []string) error {
		if step < time.Second || step > time.Hour || step%time.Second != 0 {
			return fmt.Errorf("%w: --step must be whole seconds between 1s and 1h, was: %v", errUsage, step)
		}
		if steps < 1 || steps > event.Horizons {
			return fmt.Errorf("%w: --steps must be between 1 and %d, was: %d", errUsage, event.Horizons, steps)
		}
		read, err := readCounts(p.in, step)
		if err != nil {
			return fmt.Errorf("standard input, %w", err)
		}
		f, err := forecastOf(read, step, p.now())
		if err != nil {
			return err
		}
		return p.print(f, func() error { return p.showForecast(f, steps, step) })
	})
	return cmd
}

// forecastOf returns the forecast of the steps after those that were read. Without times, the
// last step ended just now: hours of the day count for the model.
func forecastOf(c counts, step time.Duration, now time.Time) (*event.Forecast, error) {
	begin := c.begin
	if begin.IsZero() {
		begin = now.Truncate(step).Add(-time.Duration(len(c.calls)) * step)
	}
	w := event.FunctionWindow{
		Function: "standard.input", Concurrency: 1,
		Window: series.Window{StepSeconds: int(step / time.Second), Start: begin.Unix(), Counts: c.calls},
	}
	if err := (&event.Windows{Windows: []event.FunctionWindow{w}}).Validate(); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	model, err := models.Load()
	if err != nil {
		return nil, err
	}
	out := make([]event.Forecast, 1)
	if err := errors.Join(model.Forecast(out, []event.FunctionWindow{w})...); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return &out[0], nil
}

// showForecast prints the first steps of a forecast.
func (p *program) showForecast(f *event.Forecast, steps int, step time.Duration) error {
	table := text.Table{Heading: []string{"STEP BEGINS", "CHANCE OF A CALL", "REPLICAS P50", "P90", "P95", "P99"}}
	for h := range steps {
		at := time.Unix(f.Origin, 0).Add(time.Duration(h) * step).UTC().Format(time.RFC3339)
		row := []string{at, percentOf(float64(f.PActive[h]))}
		for _, curve := range f.Need() {
			row = append(row, strconv.Itoa(int(curve[h])))
		}
		table.Add(row...)
	}
	if err := table.Write(p.out); err != nil {
		return err
	}
	p.line("")
	p.line("%.2f cold starts expected in the next 60 steps with a keep-alive of ten; the forecast rests on %d active steps", f.ExpectedCold, f.Evidence)
	return nil
}

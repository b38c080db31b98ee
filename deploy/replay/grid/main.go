// Grid measures how many replicas a function needs for a load. It scales the function
// over the gateway, so that nothing else may scale it: its mode must not be active.
//
//	go run ./deploy/replay/grid -gateway URL -password-file F -function hello -rates 0 -concurrency 1,4,16 -replicas 1,2,4 -out grid.csv
//	go run ./deploy/replay/grid -hey out.txt -concurrency 10 -replicas 2 -out grid.csv
//
// Each measured row is written to -out at once. The labels go to standard output: for
// each load, the fewest replicas that met the objective. At the end, also after an
// interrupt, the function is scaled back to the replicas that it had. With -hey, Grid
// measures nothing and reads a row from the output of hey: its summary, or its -o csv with
// the calls that hey was asked for in -calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"

	"prewarm/deploy/replay/loadgrid"
	"prewarm/shared/cli"
	"prewarm/shared/loadtest"
	"prewarm/shared/openfaas"
)

func main() { cli.Main("grid", run) }

// run measures or reads rows, writes them and prints the labels.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	file, err := newOutput(o.out)
	if err != nil {
		return err
	}
	o.grid.Log = log
	var rows []loadtest.Row
	keep := func(r loadtest.Row) error {
		rows = append(rows, r)
		// Latency[4] is the 99th percentile.
		fmt.Fprintf(log, "%d replicas, %g/s, %d callers: %.1f/s, p99 %.4f s, errors %.2f %%\n",
			r.Replicas, r.Rate, r.Concurrency, r.RequestsPerSecond, r.Latency[4], 100*r.ErrorRate())
		return file.write(r)
	}
	if o.hey != "" {
		err = readHey(o, keep)
	} else {
		err = measure(ctx, o, keep)
	}
	// The labels are printed also after an error: rows that were measured stay valid.
	return errors.Join(err, file.close(), printLabels(out, loadtest.Labels(rows, o.objective)))
}

// readHey reads one row from the output of hey. Its load and replicas are not part of that
// output, so that they are given as flags.
func readHey(o options, keep func(loadtest.Row) error) error {
	file, err := os.Open(o.hey)
	if err != nil {
		return err
	}
	defer file.Close()
	row, err := loadtest.ReadHey(file, loadtest.Conditions{Rate: o.grid.Rates[0], Concurrency: o.grid.Concurrency[0], Replicas: o.grid.Replicas[0], Calls: o.calls})
	if err != nil {
		return fmt.Errorf("%s: %w", o.hey, err)
	}
	return keep(row)
}

// measure measures the grid over the gateway. It keeps a connection open for each caller:
// new connections would add their own time.
func measure(ctx context.Context, o options, keep func(loadtest.Row) error) error {
	password, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return fmt.Errorf("-password-file: %w", err)
	}
	// Files with a password usually end with a line end.
	o.gateway.Password = strings.TrimSpace(string(password))
	gw, err := openfaas.New(o.gateway)
	if err != nil {
		return err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	for _, n := range o.grid.Concurrency {
		transport.MaxIdleConnsPerHost = max(transport.MaxIdleConnsPerHost, n)
	}
	return loadgrid.Run(ctx, o.grid, gw, &http.Client{Transport: transport}, keep)
}

// printLabels prints the fewest replicas for each load, or that none of the measured numbers
// met the objective.
func printLabels(out io.Writer, labels []loadtest.Label) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "rate\tcallers\tfewest replicas\t")
	for _, l := range labels {
		fewest := fmt.Sprint(l.Replicas)
		if l.Replicas == 0 {
			fewest = "more than measured"
		}
		fmt.Fprintf(w, "%g\t%d\t%s\t\n", l.Rate, l.Concurrency, fewest)
	}
	return w.Flush()
}

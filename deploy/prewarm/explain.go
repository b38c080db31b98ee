package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/api"
	"prewarm/deploy/prewarm/text"
	"prewarm/shared/event"
)

// maxLast bounds the decisions that explain shows.
const maxLast = 1000

// explain returns the subcommand that tells why a function has its replicas.
func (p *program) explain() *cobra.Command {
	var last int
	cmd := &cobra.Command{
		Use: "explain FUNCTION", Short: "Show the last decisions of a function, what they rest on, and what would change them",
		Args: cobra.ExactArgs(1), ValidArgsFunction: p.completeFunction,
	}
	cmd.Flags().IntVar(&last, "last", 5, "`number` of decisions to show")
	cmd.RunE = p.work(func(cmd *cobra.Command, args []string) error {
		name := functionName(args[0])
		if err := event.CheckFunction(name); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if last < 1 || last > maxLast {
			return fmt.Errorf("%w: --last must be between 1 and %d, was: %d", errUsage, maxLast, last)
		}
		a, err := p.readExplain(cmd.Context(), name, last)
		if err != nil {
			return err
		}
		return p.print(a, func() error { return p.showExplain(a) })
	})
	return cmd
}

// explainAnswer is the answer of explain.
type explainAnswer struct {
	Function    string           `json:"function"`
	Mode        *string          `json:"mode"`
	ModeNote    string           `json:"mode_note"`
	Paused      *bool            `json:"paused"`
	Decisions   []event.Decision `json:"decisions"` // newest first
	Controllers []api.Controller `json:"controllers"`
	Changes     []string         `json:"changes"` // what would change the last decision
}

func (p *program) readExplain(ctx context.Context, name string, last int) (explainAnswer, error) {
	client, _, err := p.client()
	if err != nil {
		return explainAnswer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.flags.timeout)
	defer cancel()
	f, err := client.Function(ctx, name)
	if err != nil {
		return explainAnswer{}, err
	}
	status, err := client.Status(ctx)
	if err != nil {
		return explainAnswer{}, err
	}
	a := explainAnswer{
		Function: f.Name, Mode: f.Mode, ModeNote: f.ModeNote, Paused: status.Paused,
		Decisions: f.Decisions[:min(last, len(f.Decisions))], Controllers: f.Controllers, Changes: []string{},
	}
	if len(f.Decisions) > 0 {
		a.Changes = changes(f, status.Paused)
	}
	return a, nil
}

// showExplain prints the answer as text.
func (p *program) showExplain(a explainAnswer) error {
	p.line("%s: mode %s", a.Function, or(shown(a.Mode), "unknown"))
	if a.ModeNote != "" {
		p.line("  %s", a.ModeNote)
	}
	if len(a.Decisions) == 0 {
		p.line("no decision yet: the chain decides each step; prewarm doctor tells what holds it up")
		return nil
	}
	fmt.Fprintln(p.out)
	table := text.Table{Heading: []string{"TIME", "FROM", "READY", "WANTED", "APPLIED", "REASON"}}
	for i := range a.Decisions {
		d := &a.Decisions[i]
		applied := ""
		if d.Applied >= 0 {
			applied = strconv.Itoa(d.Applied)
		}
		table.Add(d.Time.UTC().Format(time.RFC3339), strconv.Itoa(d.Current), strconv.Itoa(d.Available), strconv.Itoa(d.Wanted), applied, mark(!d.OfStep(), "between steps: ")+d.Reason)
	}
	if err := table.Write(p.out); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "\nThe last one rests on")
	rests := restsOn(&a.Decisions[0])
	if err := rests.Write(p.out); err != nil {
		return err
	}
	return p.showChanges(a)
}

// showChanges prints the other controllers, and what would change the last decision.
func (p *program) showChanges(a explainAnswer) error {
	if len(a.Controllers) > 0 {
		fmt.Fprintln(p.out, "\nBeside prewarm")
		for _, c := range a.Controllers {
			p.line("  %s %s; set back in the last hour of steps: %d. To change it: %s", c.Name, c.Does, c.SetBacks, c.Change)
		}
	}
	if len(a.Changes) > 0 {
		fmt.Fprintln(p.out, "\nWhat would change it")
		for _, c := range a.Changes {
			p.line("  %s", c)
		}
	}
	return nil
}

// restsOn returns the inputs of a decision, one a row. What was not measured is a dash.
func restsOn(d *event.Decision) text.Table {
	in := &d.Inputs
	number := func(n int) string {
		if n < 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	var t text.Table
	add := func(name, value string) { t.Add("  "+name, value) }
	add(fmt.Sprintf("chance of a call within %d steps", in.LookaheadSteps), percentOf(in.PActive))
	add("chance that more replicas are needed than the forecast asks for", "at most "+percentOf(in.PMore))
	add("cost ratio", percentOf(in.CostRatio)+mark(in.Prices != nil, ", by prices"))
	if in.Prices != nil {
		add("prices", in.Prices.Text(in.ReadinessSeconds, in.ReadinessMeasured))
	}
	add("calls in flight, waiting", number(in.InFlight)+", "+number(in.Queued))
	add("replicas that the last step needed", number(int(in.RecentNeed)))
	add("bounds of the replicas", fmt.Sprintf("%d to %d", in.Min, in.Max))
	add("start time of a replica", fmt.Sprintf("%.1f s%s", in.ReadinessSeconds, mark(!in.ReadinessMeasured, ", assumed")))
	if in.CallsPerReplica > 0 {
		add("calls per second that a replica carries", fmt.Sprintf("%.3g, by %s", in.CallsPerReplica, or(in.CapacityModel, "Little's law")))
	}
	add("cold starts expected in the next hour of steps", fmt.Sprintf("%.2f with keep-alive, %.2f with prewarm", in.ExpectedCold, in.ExpectedColdLeft))
	add("model", d.Model)
	add("actuator", or(d.Actuator, "gateway"))
	return t
}

// percentOf returns a share with one decimal.
func percentOf(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

// or returns the first text that is not empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

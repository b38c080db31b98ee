package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/api"
	"prewarm/deploy/prewarm/text"
)

// savings returns the subcommand that compares prewarm with keep-alive.
func (p *program) savings() *cobra.Command {
	var ranged string
	cmd := &cobra.Command{
		Use: "savings", Short: "Compare prewarm with keep-alive: cold starts and idle time",
		Long: "Compare prewarm with keep-alive: cold starts, idle replica-steps and idle memory (GB of 2^30 bytes times seconds). Functions in mode observe show what prewarm would have saved. Only steps that were measured wholly count.",
		Args: cobra.NoArgs,
	}
	ranges := []string{"hour", "day", "week"}
	cmd.Flags().StringVar(&ranged, "range", "day", "`time` up to now: hour, day or week, of steps of a minute")
	_ = cmd.RegisterFlagCompletionFunc("range", cobra.FixedCompletions(ranges, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = p.work(func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains(ranges, ranged) {
			return fmt.Errorf("%w: --range must be hour, day or week, was: %.40q", errUsage, ranged)
		}
		client, _, err := p.client()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), p.flags.timeout)
		defer cancel()
		s, err := client.Savings(ctx, ranged)
		if err != nil {
			return err
		}
		return p.print(s, func() error { return p.showSavings(s) })
	})
	return cmd
}

// showSavings prints the savings as text, functions with the most steps first.
func (p *program) showSavings(s api.Savings) error {
	if s.Since == 0 {
		p.line("no step is counted yet: a step counts when it was measured wholly")
		return nil
	}
	p.line("since %s, against keep-alive of %d steps", time.Unix(s.Since, 0).UTC().Format(time.RFC3339), s.KeepAlive)
	fmt.Fprintln(p.out)
	table := text.Table{Heading: []string{"FUNCTION", "MODE", "STEPS", "NOT COUNTED", "COLD KEEP-ALIVE", "COLD", "IDLE KEEP-ALIVE", "IDLE", "GB·S KEEP-ALIVE", "GB·S"}}
	for _, f := range s.Functions {
		addSums(&table, f.Function, f.ByMode)
	}
	addSums(&table, "all", s.Total)
	if err := table.Write(p.out); err != nil {
		return err
	}
	if s.Price != nil {
		p.line("idle memory in mode active: %.2f instead of %.2f %s", s.Price.Active.Prewarm, s.Price.Active.KeepAlive, s.Price.Currency)
	}
	return nil
}

// addSums adds a row for each mode in which a function had steps.
func addSums(table *text.Table, name string, by api.ByMode) {
	for _, m := range []struct {
		mode string
		sums api.Sums
	}{{"active", by.Active}, {"observe", by.Observe}} {
		s := m.sums
		if s.Steps == 0 && s.Skipped == 0 {
			continue
		}
		whole := func(n int64) string { return strconv.FormatInt(n, 10) }
		memory := func(v float64) string {
			if s.MemorySteps == 0 {
				return "" // not 0: the memory of a replica is not known
			}
			return strconv.FormatFloat(v, 'f', 0, 64)
		}
		table.Add(name, m.mode, whole(s.Steps), whole(s.Skipped), whole(s.ColdKeepAlive), whole(s.Cold), whole(s.IdleKeepAlive), whole(s.Idle), memory(s.MemoryKeepAlive), memory(s.Memory))
	}
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/api"
	"prewarm/shared/event"
)

// pause returns the subcommands pause and resume.
func (p *program) pause(name, short string, paused bool) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs}
	cmd.RunE = p.work(func(cmd *cobra.Command, _ []string) error {
		client, _, err := p.client()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), p.flags.timeout)
		defer cancel()
		if err := client.SetPaused(ctx, paused); err != nil {
			return err
		}
		return p.print(map[string]bool{"paused": paused}, func() error {
			if paused {
				p.line("paused: prewarm changes no replicas, of any function, until prewarm resume; other controllers go on")
			} else {
				p.line("resumed: prewarm sets the replicas of functions in mode active again, from the next step on")
			}
			return nil
		})
	})
	return cmd
}

// mode returns the subcommand that sets the mode of a function.
func (p *program) mode() *cobra.Command {
	modes := append(slices.Clone(event.Modes()), api.Annotated)
	cmd := &cobra.Command{
		Use: "mode FUNCTION " + strings.Join(modes, "|"), Short: "Set the mode of a function, without a deployment",
		Long: "Set the mode of a function, without a deployment: off, observe (decide, never act) or active. It is stronger than the annotation prewarm.mode until annotated removes it.",
		Args: cobra.ExactArgs(2),
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, part string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return modes, cobra.ShellCompDirectiveNoFileComp
		}
		return p.completeFunction(cmd, args, part)
	}
	cmd.RunE = p.work(func(cmd *cobra.Command, args []string) error {
		function, mode := functionName(args[0]), args[1]
		if err := event.CheckFunction(function); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if !slices.Contains(modes, mode) {
			return fmt.Errorf("%w: mode must be one of %s, was: %.40q", errUsage, strings.Join(modes, ", "), mode)
		}
		return p.setMode(cmd.Context(), function, mode)
	})
	return cmd
}

// setMode sets a mode. A name that no message has mentioned may be misspelt, or new: the mode
// is set all the same, and a warning says so.
func (p *program) setMode(ctx context.Context, function, mode string) error {
	client, _, err := p.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.flags.timeout)
	defer cancel()
	if err := client.SetMode(ctx, function, mode); err != nil {
		return err
	}
	if _, err := client.Function(ctx, function); err != nil {
		p.warn("the dashboard does not know %s yet: check the name if it is not new", function)
	}
	return p.print(map[string]string{"function": function, "mode": mode}, func() error {
		p.line("%s: mode %s from the next step on", function, mode)
		return nil
	})
}

// completeFunction completes the names of functions, with what the dashboard knows.
func (p *program) completeFunction(cmd *cobra.Command, args []string, part string) ([]string, cobra.ShellCompDirective) {
	client, _, err := p.client()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	overview, err := client.Overview(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, r := range overview.Rows {
		if strings.HasPrefix(r.Name, part) {
			names = append(names, r.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

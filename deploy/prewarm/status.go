package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/api"
	"prewarm/deploy/prewarm/text"
)

// status returns the subcommand that shows the chain and its functions.
func (p *program) status() *cobra.Command {
	var firing bool
	cmd := &cobra.Command{
		Use: "status [TEXT]", Short: "Show the functions, what is wrong, and whether scaling is paused",
		Long: "Show the functions, or those whose name contains TEXT: calls of the last step (≥ if it was not measured wholly), replicas now and wanted, the chance of a call in the next five steps, and the cold starts that are expected to remain in the next 60.",
		Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().BoolVar(&firing, "alerts", false, "only functions with an alert")
	cmd.RunE = p.work(func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), p.flags.timeout)
		defer cancel()
		s, err := p.readStatus(ctx)
		if err != nil {
			return err
		}
		s.choose(strings.Join(args, ""), firing)
		return p.print(s, func() error { return p.showStatus(s) })
	})
	return cmd
}

// statusAnswer is the answer of status.
type statusAnswer struct {
	Gateway string `json:"gateway"`
	api.Status
	Step      int       `json:"step_seconds"`
	Functions []api.Row `json:"functions"`
}

func (p *program) readStatus(ctx context.Context) (statusAnswer, error) {
	client, cfg, err := p.client()
	if err != nil {
		return statusAnswer{}, err
	}
	s := statusAnswer{Gateway: cfg.Gateway, Functions: []api.Row{}}
	if s.Status, err = client.Status(ctx); err != nil {
		return s, err
	}
	overview, err := client.Overview(ctx)
	s.Step, s.Functions = overview.Step, append(s.Functions, overview.Rows...)
	return s, err
}

// choose keeps the functions whose name contains part and, if firing, that have an alert.
func (s *statusAnswer) choose(part string, firing bool) {
	chosen := []api.Row{}
	for _, r := range s.Functions {
		if strings.Contains(r.Name, part) && (r.Alert || !firing) {
			chosen = append(chosen, r)
		}
	}
	s.Functions = chosen
}

// showStatus prints the status as text.
func (p *program) showStatus(s statusAnswer) error {
	p.line("%s", s.headline(p.now()))
	for _, n := range s.Notices {
		p.line("%s: %s", n.Class, n.Text)
	}
	if len(s.Functions) == 0 {
		p.line("no functions")
		return nil
	}
	fmt.Fprintln(p.out)
	table := text.Table{Heading: []string{"FUNCTION", "MODE", "CALLS", "REPLICAS", "WANTED", "CHANCE", "COLD LEFT", "DECISION"}}
	for i := range s.Functions {
		r := &s.Functions[i]
		table.Add(r.Name, shown(r.Mode)+mark(r.ModeNote != "", "*"), calls(r), shown(r.Replicas), shown(r.Wanted),
			percent(r.Chance), fixed(r.ColdLeft), mark(r.Alert, "ALERT ")+shown(r.Reason))
	}
	return table.Write(p.out)
}

// headline says in a line whether the chain works.
func (s *statusAnswer) headline(now time.Time) string {
	scaling := "the pause switch cannot be read"
	switch {
	case s.Paused != nil && *s.Paused:
		scaling = "PAUSED: no replicas are changed"
	case s.Paused != nil:
		scaling = "scaling is not paused"
	}
	newest := "no step yet"
	if s.Newest > 0 {
		newest = "last step ended " + now.Sub(time.Unix(s.Newest, 0)).Round(time.Second).String() + " ago"
	}
	return fmt.Sprintf("%s: %s; %s; %d alerts", s.Gateway, scaling, newest, s.Alerts)
}

// shown returns the value of a pointer as text, empty for nil.
func shown[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}

// mark returns a text if it applies.
func mark(applies bool, text string) string {
	if applies {
		return text
	}
	return ""
}

// calls returns the calls of the last step: a lower bound if it is provisional.
func calls(r *api.Row) string {
	n := r.Calls()
	if n < 0 {
		return ""
	}
	return mark(r.Provisional, "≥") + strconv.Itoa(int(n))
}

func percent(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(100**v, 'f', 0, 64) + " %"
}

func fixed(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', 2, 64)
}

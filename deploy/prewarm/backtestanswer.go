package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"prewarm/deploy/prewarm/text"
	"prewarm/models/simulate/backtest"
	"prewarm/shared/chart"
	"prewarm/shared/event"
	"prewarm/shared/score"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// backtestAnswer is the answer of backtest.
type backtestAnswer struct {
	Source      string          `json:"source"`
	Attribution string          `json:"attribution,omitempty"`
	Functions   int             `json:"functions"`
	Scored      int             `json:"functions_scored"` // fewer if they are a sample
	Minutes     int             `json:"minutes"`
	WarmUp      int             `json:"warm_up_minutes"` // not scored
	CostRatio   float64         `json:"cost_ratio"`
	Prices      *event.Prices   `json:"prices,omitempty"`        // that the cost ratio auto comes from
	Start       float64         `json:"start_seconds,omitempty"` // of a replica, that the prices rest on
	MemoryMiB   int             `json:"memory_mib"`              // of a replica
	BadRows     int             `json:"malformed_rows"`
	KeepAlive   cost            `json:"keep_alive"`
	Prewarm     cost            `json:"prewarm"`
	ByFunction  []functionCosts `json:"by_function"` // dearest under keep-alive first
}

// cost is what a policy costs.
type cost struct {
	Policy    string  `json:"policy,omitempty"`
	Need      int64   `json:"need"` // replica-minutes
	Cold      int64   `json:"cold_starts"`
	Idle      int64   `json:"idle_replica_minutes"`
	GBSeconds float64 `json:"idle_gb_seconds"` // of 2^30 bytes
}

// functionCosts are the costs of one function.
type functionCosts struct {
	Function  string `json:"function"`
	KeepAlive cost   `json:"keep_alive"`
	Prewarm   cost   `json:"prewarm"`
}

// gbSeconds returns idle memory of idle replica-minutes.
func (f *backtestFlags) gbSeconds(idle int64) float64 {
	return float64(idle) * 60 * float64(f.memory) / 1024
}

// newBacktestAnswer returns the answer for a result whose first cost is that of the keep-alive,
// and in which that of prewarm has the given index.
func newBacktestAnswer(f backtestFlags, t *trace.Trace, source string, r backtest.Result, index int) backtestAnswer {
	keepAlive, prewarm := r.Costs[0], r.Costs[index]
	one := func(name string, s score.Total) cost { return cost{name, s.Need, s.Cold, s.Idle, f.gbSeconds(s.Idle)} }
	a := backtestAnswer{
		Source: source, Attribution: t.Layout.Attribution(), Functions: len(t.Functions), Scored: r.Scored, Minutes: t.Minutes, WarmUp: simulate.WarmUpMinutes,
		CostRatio: f.costRatio, MemoryMiB: f.memory, BadRows: t.Summary.BadRows, ByFunction: []functionCosts{},
		KeepAlive: one(keepAlive.Policy, keepAlive.Total), Prewarm: one(prewarm.Policy, prewarm.Total),
	}
	if f.prices != nil {
		a.Prices, a.Start = f.prices, f.start.Seconds()
	}
	then := map[string]simulate.FunctionScore{}
	for _, s := range prewarm.Functions {
		then[s.Function] = s
	}
	for _, s := range keepAlive.Functions {
		n := then[s.Function]
		a.ByFunction = append(a.ByFunction, functionCosts{s.Function, one("", s.Total), one("", n.Total)})
	}
	slices.SortStableFunc(a.ByFunction, func(x, y functionCosts) int {
		return cmp.Compare(y.KeepAlive.Idle+y.KeepAlive.Cold, x.KeepAlive.Idle+x.KeepAlive.Cold)
	})
	return a
}

// maxShown bounds the functions of the table; -o json has all.
const maxShown = 20

// showBacktest prints the answer as text.
func (p *program) showBacktest(a backtestAnswer) error {
	p.line("%s: %d functions, the last %d minutes (the first %d of them are history), cost ratio %.4g, %d MiB a replica", a.Source, a.Functions, a.Minutes, a.WarmUp, a.CostRatio, a.MemoryMiB)
	if a.Prices != nil {
		p.line("%s", a.Prices.Text(a.Start, true))
	}
	if a.Scored < a.Functions {
		p.line("scored: a sample of %d functions, at equal distances in the order of their calls; --budget 0 scores all", a.Scored)
	}
	if a.BadRows > 0 {
		p.line("%d malformed rows were left out", a.BadRows)
	}
	fmt.Fprintln(p.out)
	table := text.Table{Heading: []string{"FUNCTION", "COLD KEEP-ALIVE", "COLD", "GB·S KEEP-ALIVE", "GB·S"}}
	for _, f := range a.ByFunction[:min(maxShown, len(a.ByFunction))] {
		addCosts(&table, f.Function, f.KeepAlive, f.Prewarm)
	}
	if more := len(a.ByFunction) - maxShown; more > 0 {
		table.Add(fmt.Sprintf("%d more, with -o json", more), "", "", "", "")
	}
	addCosts(&table, "all", a.KeepAlive, a.Prewarm)
	if err := table.Write(p.out); err != nil {
		return err
	}
	fmt.Fprintln(p.out)
	bars(p.out, "cold starts", []cost{a.KeepAlive, a.Prewarm}, func(c cost) float64 { return float64(c.Cold) })
	bars(p.out, "idle GB·s", []cost{a.KeepAlive, a.Prewarm}, func(c cost) float64 { return c.GBSeconds })
	if a.Attribution != "" {
		p.line("Data: %s", a.Attribution)
	}
	return nil
}

func addCosts(t *text.Table, name string, keepAlive, prewarm cost) {
	whole := func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }
	t.Add(name, strconv.FormatInt(keepAlive.Cold, 10), strconv.FormatInt(prewarm.Cold, 10), whole(keepAlive.GBSeconds), whole(prewarm.GBSeconds))
}

// barWidth is the length of the longest bar, in characters.
const barWidth = 40

// bars draws a figure of each policy as a bar, relative to the largest.
func bars(out io.Writer, title string, costs []cost, figure func(cost) float64) {
	most := 0.0
	for _, c := range costs {
		most = max(most, figure(c))
	}
	fmt.Fprintln(out, title)
	for _, c := range costs {
		length := 0
		if most > 0 {
			length = int(figure(c)/most*barWidth + 0.5)
		}
		fmt.Fprintf(out, "  %-14s %s%s %.0f\n", c.Policy, strings.Repeat("█", length), strings.Repeat(" ", barWidth-length), figure(c))
	}
}

// drawing is the plot of a backtest.
type drawing struct {
	flags  backtestFlags
	answer backtestAnswer
	costs  []backtest.Cost
}

// write draws cold starts against idle memory: a curve of keep-alives and one of cost ratios.
func (d drawing) write(out io.Writer) error {
	curves := []chart.Line{{Name: "keep-alive", Dots: true}, {Name: "prewarm", Dots: true}}
	costs := slices.SortedFunc(slices.Values(d.costs), func(a, b backtest.Cost) int { return cmp.Compare(a.Idle, b.Idle) })
	for _, s := range costs {
		i := 0
		if strings.HasPrefix(s.Policy, "prewarm") {
			i = 1
		}
		curves[i].Points = append(curves[i].Points, chart.Point{X: d.flags.gbSeconds(s.Idle), Y: float64(s.Cold)})
		curves[i].Labels = append(curves[i].Labels, s.Policy)
	}
	l := chart.Lines{Title: fmt.Sprintf("%d functions, %d minutes", d.answer.Functions, d.answer.Minutes), X: "idle memory, GB·s", Y: "cold starts", Lines: curves, LegendTop: true, Wide: true}
	if d.answer.Attribution != "" {
		l.X += "\nData: " + d.answer.Attribution
	}
	return l.Draw(out)
}

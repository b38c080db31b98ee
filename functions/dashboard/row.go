package dashboard

import (
	"fmt"
	"strconv"
	"strings"

	"prewarm/shared/event"
)

// chanceSteps is how far ahead the chance of a call in the table looks.
const chanceSteps = 5

// row is a function in the table. Numbers are text, "–" where unknown.
type row struct {
	Name, Calls, Current, Wanted, Chance, Cold, Mode string
	Alert                                            bool
	Spark                                            spark
	Last                                             *event.Decision
}

// Short returns the name without its namespace.
func (r row) Short() string { return strings.TrimSuffix(r.Name, r.Namespace()) }

// Namespace returns the namespace with the dot before it.
func (r row) Namespace() string {
	if at := strings.LastIndexByte(r.Name, '.'); at >= 0 {
		return r.Name[at:]
	}
	return ""
}

// sums are over all functions that match the query.
type sums struct {
	Active, Current, Wanted int
	Cold                    string
}

// detail is one function.
type detail struct {
	row
	Model, NoData, Evidence, InFlight string
	Charts                            []chart
	Decisions                         []event.Decision
}

// unknown stands where a number is not known.
const unknown = "–"

func (d *Dashboard) newRow(r record) row {
	out := row{
		Name: r.name, Calls: known(int(r.calls())), Current: unknown, Wanted: unknown,
		Chance: unknown, Cold: unknown, Mode: unknown, Last: r.latest(),
	}
	if p, ok := r.chance(chanceSteps); ok {
		out.Chance = fmt.Sprintf("%.1f %%", 100*p)
		out.Cold = fmt.Sprintf("%.1f", r.forecast.ExpectedCold)
		out.Alert = r.forecast.ExpectedCold > d.cfg.AlertCold
	}
	if last := out.Last; last != nil {
		out.Current, out.Wanted, out.Mode = known(current(last)), known(last.Wanted), last.Mode
	}
	return out
}

// current returns the replicas that the gateway reported last.
func current(d *event.Decision) int {
	if d.Observed >= 0 {
		return d.Observed
	}
	return d.Current
}

func known(n int) string {
	if n < 0 {
		return unknown
	}
	return strconv.Itoa(n)
}

func sum(records []record) sums {
	var s sums
	cold := 0.0
	for _, r := range records {
		if r.forecast != nil {
			cold += r.forecast.ExpectedCold
		}
		if d := r.latest(); d != nil {
			s.Current += current(d)
			s.Wanted += d.Wanted
			if d.Mode == "active" {
				s.Active++
			}
		}
	}
	s.Cold = fmt.Sprintf("%.1f", cold)
	return s
}

func (d *Dashboard) newDetail(r record) *detail {
	out := &detail{row: d.newRow(r), Model: unknown, Evidence: unknown, InFlight: known(r.inFlight), Decisions: r.decisions}
	if len(r.window.Counts) > 0 {
		out.Charts = append(out.Charts, callsChart(r.window))
	}
	if f := r.forecast; f != nil {
		out.Model, out.Evidence, out.NoData = r.model, strconv.Itoa(f.Evidence), f.NoData
		if f.NoData == "" {
			out.Charts = append(out.Charts, needChart(f), chanceChart(f))
		}
	}
	return out
}

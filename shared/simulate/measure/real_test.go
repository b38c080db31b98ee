package measure_test

import (
	"context"
	"fmt"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/measure"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// The figures are those of a separate program in Python, which shares no code with this
// one: cold starts, GB·s idle and unused, RUM with both accounts of waste; p75 of the rates
// of functions, by SPES's protocol and of applications, with the wasted minutes of both.
func TestMeasuresOfTheTraces(t *testing.T) {
	for name, want := range map[string][]string{
		"azure2019": {
			"keepalive-10 2374 602569.3 339806.8 7962.6 11371.3 1.0000 1.00000 45796 1.00000 44049",
			"keepalive-60 509 1347203.7 339806.8 13925.2 17333.8 0.6667 0.50000 83918 0.50000 80195",
			"hybrid 1838 943162.0 339806.8 10946.1 14354.7 0.5000 0.50000 86985 0.33333 82475",
			"oracle 0 0.0 339806.8 0.0 3408.6 0.0000 0.00000 611 0.00000 611",
		},
		"azure2019_single_day": {
			"keepalive-10 7865 2997331.2 4202461.2 36421.4 78576.7 0.1637 0.10091 293856 0.10091 293856",
			"keepalive-60 984 4281745.8 4202461.2 43745.7 85901.0 0.0185 0.00881 419779 0.00881 419779",
			"hybrid 1743 4203256.8 4202461.2 43571.6 85726.9 0.0278 0.01497 412084 0.01497 412084",
			"oracle 0 0.0 4202461.2 0.0 42155.3 0.0000 0.00000 0 0.00000 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := trace.Open(testbed.Traces(t, name))
			if err != nil {
				t.Fatal(err)
			}
			w := simulate.NewWorkload(tr, 1)
			population := measure.NewPopulation(w)
			for i, p := range []simulate.Policy{simulate.KeepAlive{Minutes: 10}, simulate.KeepAlive{Minutes: 60}, simulate.NewHybrid(w), simulate.NewOracle(w)} {
				meter := population.Meter()
				if err := simulate.Run(context.Background(), w, p, meter); err != nil {
					t.Fatal(err)
				}
				m := meter.Measures()
				got := fmt.Sprintf("%s %d %.1f %.1f %.1f %.1f %.4f %.5f %d %.5f %d", p.Name(), m.ColdStarts, m.IdleGBs, m.UnusedGBs,
					m.RUM.Idle, m.RUM.All, m.Functions.P75, m.SPES.P75, m.SPES.WastedMinutes, m.Applications.P75, m.Applications.WastedMinutes)
				if got != want[i] {
					t.Errorf("got  %s\nwant %s", got, want[i])
				}
			}
		})
	}
}

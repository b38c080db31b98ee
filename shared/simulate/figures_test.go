package simulate_test

import (
	"context"
	"fmt"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// open reads a published trace. If it is missing, the test is skipped.
func open(t *testing.T, name string) *trace.Trace {
	t.Helper()
	got, err := trace.Open(testbed.Traces(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// score runs a policy over a workload.
func score(t *testing.T, w *simulate.Workload, p simulate.Policy) simulate.Score {
	t.Helper()
	s := simulate.NewScorer(w)
	if err := simulate.Run(context.Background(), w, p, s); err != nil {
		t.Fatal(err)
	}
	return s.Score(p.Name())
}

// The reference figures were published with the rules of scoring. The simulator
// reproduces them to the last digit.
func TestReferenceFigures(t *testing.T) {
	for name, want := range map[string][]string{
		"azure2019": {
			"keepalive-1 12924 0.2011 0.768 1.000 12926 0.234",
			"keepalive-5 3492 0.0543 0.568 1.000 41862 0.759",
			"keepalive-10 2374 0.0369 0.522 1.000 55132 1.000",
			"keepalive-20 1514 0.0236 0.462 1.000 73182 1.327",
			"keepalive-60 509 0.0079 0.342 0.667 120823 2.192",
			"hybrid 1838 0.0286 0.290 0.500 92478 1.677",
		},
		"azure2019_single_day": {
			"keepalive-1 87325 0.2120 0.444 0.712 87321 0.297",
			"keepalive-10 7865 0.0191 0.133 0.164 293856 1.000",
			"keepalive-60 984 0.0024 0.045 0.019 419779 1.429",
			"hybrid 1743 0.0042 0.035 0.028 412084 1.402",
		},
		"huawei2023_private": {
			"keepalive-1 10133 0.0105 0.055 0.061 9491 0.232",
			"keepalive-10 2506 0.0026 0.008 0.005 40937 1.000",
			"keepalive-60 1364 0.0014 0.003 0.002 101646 2.483",
			"hybrid 8241 0.0086 0.014 0.010 12647 0.309",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := simulate.NewWorkload(open(t, name), 1)
			base := score(t, w, simulate.KeepAlive{Minutes: 10})
			for _, line := range want {
				var policy string
				fmt.Sscan(line, &policy)
				var p simulate.Policy = simulate.NewHybrid(w)
				k := 0
				if n, _ := fmt.Sscanf(policy, "keepalive-%d", &k); n == 1 {
					p = simulate.KeepAlive{Minutes: k}
				}
				s := score(t, w, p)
				got := fmt.Sprintf("%s %d %.4f %.3f %.3f %d %.3f", s.Policy, s.Cold, s.Rate, s.MeanRate, s.P75Rate, s.Idle, float64(s.Idle)/float64(base.Idle))
				if got != line {
					t.Errorf("got  %s\nwant %s", got, line)
				}
			}
		})
	}
}

package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/series"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// minutes returns hours of counts, each with all its counts in the first minute.
func minutes(hours ...int32) []int32 {
	counts := make([]int32, 60*len(hours))
	for i, n := range hours {
		counts[60*i] = n
	}
	return counts
}

// A series ends before its first hour with an unknown minute.
func TestRegionsAreSummedByTheHour(t *testing.T) {
	short := minutes(7, 8, 9)
	short[130] = series.NoData
	d := ByRegion(&trace.Trace{Functions: []trace.Function{
		{Name: "a", Region: "R1", Counts: minutes(1, 0, 5)}, {Name: "b", Region: "R4", Counts: short},
	}})
	if len(d.Dense) != 1 || len(d.Sparse) != 1 {
		t.Fatalf("got %+v", d)
	}
	if !slices.Equal(d.Dense[0].Hours, []float64{1, 0, 5}) || !slices.Equal(d.Sparse[0].Hours, []float64{7, 8}) {
		t.Errorf("got %+v", d)
	}
}

// A replica stays for ten minutes. So a call in every twentieth minute is a cold
// start, and calls in every fifth keep the replica warm. The first hour is left
// out. One function in four is dense: the one with the most active hours.
func TestCallsBecomeColdStarts(t *testing.T) {
	every := func(n int) []int32 {
		counts := make([]int32, 180)
		for i := 0; i < len(counts); i += n {
			counts[i] = 1
		}
		return counts
	}
	d := ByDensity(&trace.Trace{Functions: []trace.Function{
		{Name: "warm", Counts: every(5)}, {Name: "timer", Counts: every(20)},
		{Name: "never", Counts: make([]int32, 180)}, {Name: "once", Counts: minutes(0, 0, 1)}, {Name: "first", Counts: minutes(1, 0, 0)},
	}})
	if len(d.Dense) != 1 || d.Dense[0].Name != "timer" || !slices.Equal(d.Dense[0].Hours, []float64{3, 3}) {
		t.Errorf("dense %+v", d.Dense)
	}
	if len(d.Sparse) != 3 || !slices.Equal(d.Sparse[0].Hours, []float64{0, 1}) || d.Sparse[0].Name != "once" {
		t.Errorf("sparse %+v", d.Sparse)
	}
}

// The honest scaler is fitted on the hours before the target, the leaking one on
// the look-back and the target. The latter reveals a target outside the look-back.
func TestScalerThatSeesTheTargetRevealsIt(t *testing.T) {
	hours := []Series{{Hours: []float64{10, 2, 4, 6, 8, 3}}}
	honest := Protocol{}.rows(hours)
	if len(honest) != 3 || honest[1].target != 8 || honest[1].history != [3]float64{2, 4, 6} || honest[1].low != 2 || honest[1].span != 8 {
		t.Errorf("got %+v", honest)
	}
	leaking := Protocol{ScalerSeesTarget: true}.rows(hours)
	if leaking[1].scaled(leaking[1].target) != 1 || leaking[1].scaled(6) >= 1 || !leaking[1].reveals() {
		t.Errorf("8 after 2, 4, 6: %+v", leaking[1])
	}
	if leaking[0].reveals() {
		t.Errorf("6 after 10, 2, 4 is revealed: %+v", leaking[0])
	}
	if !honest[0].late {
		t.Errorf("the fourth of six hours must be late: %+v", honest)
	}
	if rows := (Protocol{}).rows([]Series{{Hours: make([]float64, 8)}}); rows[0].late || !rows[1].late {
		t.Errorf("of eight hours those from the fifth on must be late: %+v", rows)
	}
}

// ActiveHoursOnly removes idle hours from look-backs and targets alike.
func TestActiveHoursOnly(t *testing.T) {
	hours := []Series{{Hours: []float64{1, 0, 2, 0, 0, 3, 4}}, {Hours: []float64{0, 0, 0, 0}}}
	rows := Protocol{ActiveHoursOnly: true}.rows(hours)
	if len(rows) != 1 || rows[0].history != [3]float64{1, 2, 3} || rows[0].target != 4 || !rows[0].late {
		t.Errorf("got %+v", rows)
	}
	if all := (Protocol{}).rows(hours); len(all) != 5 || all[4].series != 1 || all[4].span != 1 {
		t.Errorf("got %+v", all)
	}
}

// Property: without leaks, hours from the target on change neither look-back nor
// scaler of its row.
func TestHonestRowDoesNotSeeTheFuture(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	hours := make([]float64, 30)
	for i := range hours {
		hours[i] = float64(rng.IntN(5))
	}
	before := Protocol{}.rows([]Series{{Hours: hours}})
	for at := lookBack; at < len(hours); at++ {
		changed := slices.Clone(hours)
		for i := at; i < len(changed); i++ {
			changed[i] += 100
		}
		a, b := before[at-lookBack], Protocol{}.rows([]Series{{Hours: changed}})[at-lookBack]
		if a.history != b.history || a.low != b.low || a.span != b.span {
			t.Errorf("hour %d: %+v, with another future %+v", at, a, b)
		}
	}
}

// noise returns series that cannot be forecast: every hour is the throw of a die.
func noise(n int) Data {
	rng := rand.New(rand.NewPCG(3, 4))
	var d Data
	for i := range n {
		s := Series{Name: fmt.Sprint(i), Hours: make([]float64, 60)}
		for h := range s.Hours {
			s.Hours[h] = float64(1 + rng.IntN(6))
		}
		if i%2 == 0 {
			d.Dense = append(d.Dense, s)
		} else {
			d.Sparse = append(d.Sparse, s)
		}
	}
	return d
}

// The published protocol seems to forecast dice; without leaks R2 is about 0. Each
// of two leaks alone raises R2.
func TestPublishedProtocolForecastsDice(t *testing.T) {
	f, err := auditForecast(t.Context(), "dice", noise(8), 1)
	if err != nil {
		t.Fatal(err)
	}
	published, clean := f.Protocols[0], f.scores(Protocol{})
	if published.Errors.R2 < 0.7 || published.Revealed < 0.2 {
		t.Errorf("as published: %+v", published)
	}
	if clean.Errors.R2 > 0.05 || clean.Revealed != 0 || clean.Sample.Reach > 0.01 {
		t.Errorf("without leaks: %+v", clean)
	}
	for i, s := range f.Protocols {
		if s.N != 120 {
			t.Errorf("protocol %d has %d rows", i, s.N)
		}
	}
	if scaler, forest := f.Protocols[4], f.Protocols[5]; scaler.Errors.R2 < clean.Errors.R2+0.2 || forest.Errors.R2 < clean.Errors.R2+0.2 {
		t.Errorf("one leak alone: scaler %+v, forest %+v", scaler.Errors, forest.Errors)
	}
}

// In a pattern of four hours, three hours determine the next one.
func TestNetworkLearnsAPattern(t *testing.T) {
	var d Data
	for k := range 8 {
		s := Series{Hours: make([]float64, 48)}
		for h := range s.Hours {
			s.Hours[h] = float64((h+k)%4) * float64(1+k)
		}
		d.Dense, d.Sparse = append(d.Dense, s), append(d.Sparse, s)
	}
	n, err := Protocol{}.trainNetwork(d, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	var s ProtocolScores
	if err := s.trainForest(n, rand.New(rand.NewPCG(1, 2))); err != nil {
		t.Fatal(err)
	}
	if s.Network.R2 < 0.9 || s.Errors.R2 < 0.99 || s.Mean.R2 > 0 {
		t.Errorf("LSTM %+v, with forest %+v, mean %+v", s.Network, s.Errors, s.Mean)
	}
}

// A series of three hours has no row: three to look back and one to predict are
// needed.
func TestTooLittleDataIsAnError(t *testing.T) {
	_, err := auditForecast(t.Context(), "short", Data{Dense: []Series{{Hours: []float64{1, 2, 3}}}}, 1)
	if !errors.Is(err, errTooFew) {
		t.Errorf("got %v", err)
	}
}

func TestInterruptEndsTheAudit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := auditForecast(ctx, "dice", noise(4), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Data that does not exist is listed in the report; data that cannot be read is an
// error that names it.
func TestMissingAndBrokenData(t *testing.T) {
	absent := source{"absent", func() (Data, error) { return Data{}, fs.ErrNotExist }}
	r := &Result{Seed: 1}
	if err := r.addForecasts(t.Context(), []source{absent}, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := r.addReplicas(filepath.Join(t.TempDir(), "none.csv")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Section().Text, "the data does not exist: absent; load tests.") {
		t.Errorf("got %v", r.Missing)
	}
	broken := source{"broken", func() (Data, error) { return Data{}, trace.ErrLayout }}
	if err := r.addForecasts(t.Context(), []source{broken}, io.Discard); !errors.Is(err, trace.ErrLayout) || !strings.Contains(err.Error(), "broken") {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "grid.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.addReplicas(file); err == nil || !strings.Contains(err.Error(), "grid.csv") {
		t.Errorf("got %v", err)
	}
	for _, s := range sources(t.TempDir(), 1) {
		if _, err := s.read(); !strings.Contains(s.name, "generated") && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// On the real regions the published figures are reached with the leaks and are not
// reached without them.
func TestPublishedForecastOnRealRegions(t *testing.T) {
	d, err := sources(testbed.Traces(t), 1)[0].read()
	if err != nil {
		t.Skip(err)
	}
	d.Sparse = d.Sparse[:2]
	f, err := auditForecast(t.Context(), "regions", d, 1)
	if err != nil {
		t.Fatal(err)
	}
	published, clean := f.Protocols[0], f.scores(Protocol{})
	if verdict(published.Scaled) != "holds" || verdict(clean.Scaled) != "does not hold" {
		t.Errorf("as published %+v, without leaks %+v", published.Scaled, clean.Scaled)
	}
	if math.IsNaN(clean.Errors.RMSE) || clean.N != 336 {
		t.Errorf("N %d, %+v", clean.N, clean.Errors)
	}
}

func TestSectionHasAVerdictPerClaim(t *testing.T) {
	f := ForecastAudit{Data: "regions", Source: "a paper; CC BY", Protocols: protocols()}
	f.Protocols[0].Scaled = metric.Accuracy{RMSE: 0.1, R2: 0.9, Within: 1}
	f.Protocols[3].Scaled, f.Protocols[3].Errors = metric.Accuracy{R2: 0.2, Within: 0.9}, metric.Accuracy{RMSE: 3, R2: 0.1}
	f.Protocols[3].Mean = metric.Accuracy{RMSE: 2, R2: 0.3}
	r := &Result{Deviation: claimedDeviation(), Forecast: []ForecastAudit{f}, Replicas: &ReplicaAudit{N: 9, Splits: []SplitScores{{Name: "random folds", Accuracy: 0.8}, {Name: "its own training rows", Accuracy: 1}}}}
	s := r.Section()
	for _, want := range []string{
		"RMSE/sqrt(1-R2) = 0.332", "one is off by one also have it (0.331)", "R2 is 0.000 (scaled 0.900) as published",
		"within 0.5 holds over all points as published, and does not hold without leaks",
		"Data: a paper; CC BY", "worse than the mean of the three hours", "93.1 % does not hold on random folds", "93.1 % is reached on its own training rows",
	} {
		if !strings.Contains(s.Text, want) {
			t.Errorf("%q is not in\n%s", want, s.Text)
		}
	}
	if s.Name != "audit" || s.Data != any(r) || !bytes.HasPrefix([]byte(s.Text), []byte("Two published")) {
		t.Errorf("got %+v", s)
	}
}

package audit

import (
	"fmt"
	"math"
	"strings"

	"prewarm/models/evaluate/report"
)

// Section returns the result in words and tables.
func (r *Result) Section() report.Section {
	var b strings.Builder
	fmt.Fprintf(&b, `Two published results, run again on public data with the protocol that they describe and then without its leaks. The programs
behind them are not public: here the protocol is reproduced, with models of the same kinds, not the programs. Seed %d.

### Cold starts of the next hour: RMSE %.3f, R2 %.3f, %.0f %% within 0.5, on %d points

`, r.Seed, ClaimedRMSE, ClaimedR2, 100*ClaimedWithin, ClaimedPoints)
	r.writeClaim(&b)
	for _, f := range r.Forecast {
		f.write(&b)
	}
	if r.Replicas != nil {
		r.Replicas.write(&b)
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(&b, "Not audited, since the data is not there: %s.\n", strings.Join(r.Missing, "; "))
	}
	return report.Section{Name: "audit", Title: "Published claims audited", Text: b.String(), Data: r}
}

// writeClaim says what the published figures tell by themselves.
func (r *Result) writeClaim(b *strings.Builder) {
	fmt.Fprintf(b, `The figures imply by themselves that the points have a standard deviation of RMSE/sqrt(1-R2) = %.3f. That fits values
scaled to 0..1, where "within 0.5" says nothing, since the constant 0.5 has 100 %% as well; it also fits whole numbers of which seven are
equal and one is off by one (%.3f), where saying the same every time has 87.5 %%.

An LSTM is meta-trained on the dense series, adapted to the first half of each sparse one, and refined by a forest; the second half is
scored. "As published" three active hours tell the next active hour, the scaler is fitted on these four, and the forest is scored on its
training rows. Then the leaks are closed one by one. Each row has the same seeds, and its figures in cold starts and in units of
the scaler. The last columns draw %d of the N points at random, %d times: how far R2 (of scaled values) swings from the 5 %% to
the 95 %% quantile, and the share of draws that reach both R2 %.3f and 100 %% within 0.5.

`, r.Deviation, math.Sqrt(7)/8, ClaimedPoints, fewDraws, ClaimedR2)
}

func (f *ForecastAudit) write(b *strings.Builder) {
	fmt.Fprintf(b, "#### %s (%d dense, %d sparse)\n\n", f.Data, f.Dense, f.Sparse)
	t := report.NewTable("protocol", "N", "RMSE", "R2", "within 0.5", "RMSE, scaled", "R2, scaled", "within 0.5, scaled", "R2 of 8 points", "reach the claim")
	for _, s := range f.Steps {
		row := append([]string{s.Name, fmt.Sprint(s.N)}, append(cells(s.Errors), cells(s.Scaled)...)...)
		t.Row(append(row, fmt.Sprintf("%.2f to %.2f", s.FewScaled.Low, s.FewScaled.High), percent(s.FewScaled.Reach))...)
	}
	clean := f.step(Protocol{})
	for _, other := range []struct {
		name   string
		errors Errors
	}{{"nothing leaks, LSTM without forest", clean.Network}, {"nothing leaks, mean of the three hours", clean.Mean}} {
		row := append([]string{other.name, fmt.Sprint(clean.N)}, cells(other.errors)...)
		t.Row(append(row, "", "", "", "", "")...)
	}
	b.WriteString(t.String())
	if f.Source != "" {
		fmt.Fprintf(b, "Data: %s\n\n", f.Source)
	}
	f.judge(b)
}

func cells(e Errors) []string {
	return []string{fmt.Sprintf("%.3f", e.RMSE), fmt.Sprintf("%.3f", e.R2), percent(e.Within)}
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// step returns that of a protocol.
func (f *ForecastAudit) step(p Protocol) Step {
	for _, s := range f.Steps {
		if s.Protocol == p {
			return s
		}
	}
	panic("audit: no such step")
}

// judge says what holds on one data set.
func (f *ForecastAudit) judge(b *strings.Builder) {
	published, clean := f.Steps[0], f.step(Protocol{})
	fmt.Fprintf(b, "- %s\n", f.contributions())
	fmt.Fprintf(b, "- The scaler gives the target away in %s of the rows as published: the look-back then lacks the 0 or the 1.\n", percent(published.GivenAway))
	fmt.Fprintf(b, "- R2 %.3f with 100 %% within 0.5 %s over all points as published, and %s without leaks (scaled R2 %.3f, %s within 0.5; in cold starts %.3f, %s).\n",
		ClaimedR2, holds(published.Scaled), holds(clean.Scaled), clean.Scaled.R2, percent(clean.Scaled.Within), clean.Errors.R2, percent(clean.Errors.Within))
	better := "worse than"
	if clean.Errors.RMSE < clean.Mean.RMSE {
		better = "better than"
	}
	fmt.Fprintf(b, "- Without leaks LSTM and forest are %s the mean of the three hours: RMSE %.3f against %.3f, R2 %.3f against %.3f.\n\n",
		better, clean.Errors.RMSE, clean.Mean.RMSE, clean.Errors.R2, clean.Mean.R2)
}

// contributions says how R2 changes as the leaks are closed in turn.
func (f *ForecastAudit) contributions() string {
	by := func(i int) string {
		after, before := f.Steps[i], f.Steps[i-1]
		return fmt.Sprintf("%+.3f (scaled %+.3f)", after.Errors.R2-before.Errors.R2, after.Scaled.R2-before.Scaled.R2)
	}
	return fmt.Sprintf("R2 is %.3f (scaled %.3f) as published; it changes by %s once the forest is held out, by %s once the scaler does not see the target, by %s once idle hours count.",
		f.Steps[0].Errors.R2, f.Steps[0].Scaled.R2, by(1), by(2), by(3))
}

// holds compares with the claim, to the digits that were published.
func holds(e Errors) string {
	if e.R2 >= ClaimedR2-0.0005 && e.Within >= ClaimedWithin-0.005 {
		return "holds"
	}
	return "does not hold"
}

func (r *ReplicaAudit) write(b *strings.Builder) {
	fmt.Fprintf(b, "### Replicas of a load test: %s accuracy\n\nA random forest over %d runs, %d folds, %d seeds. The last value, which knows the answer of the run before, has %s.\n\n",
		percent(ClaimedAccuracy), r.N, replicaFolds, replicaSeeds, percent(r.LastValue))
	t := report.NewTable("rows to answer", "accuracy", "of single folds", "majority class")
	for _, trial := range r.Trials {
		t.Row(trial.Name, percent(trial.Accuracy), percent(trial.Least)+" to "+percent(trial.Most), percent(trial.Majority))
	}
	b.WriteString(t.String())
	for _, trial := range r.Trials {
		verdict := "does not hold"
		if trial.Accuracy >= ClaimedAccuracy-0.0005 {
			verdict = "is reached"
		}
		fmt.Fprintf(b, "- %s %s on %s.\n", percent(ClaimedAccuracy), verdict, trial.Name)
	}
	fmt.Fprintf(b, "- Of %s of the runs the most alike other run lies within %d rows, in the same series of tests; random folds put many of these pairs on both sides.\n\n", percent(r.Alike), session)
	b.WriteString("The replicas in this table are those that an autoscaler had, not those that the load needed. It is public data of a project that states no licence; nothing that is shipped was learned from it.\n\n")
}

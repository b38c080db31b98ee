package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
)

// Section returns the section with text, tables and verdicts. A verdict states for
// each data set and protocol whether the published figure is reached. It is computed
// and not written by hand.
func (r *Result) Section() report.Section {
	var b strings.Builder
	fmt.Fprintf(&b, `Two published results, run again on public data: first with the protocol that they describe, then without its leaks.
The programs behind them are not public. This reproduces the protocol with models of the same kinds, not the programs. Seed %d.

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
		fmt.Fprintf(&b, "Not audited, since the data does not exist: %s.\n", strings.Join(r.Missing, "; "))
	}
	return report.Section{Name: "audit", Title: "Published claims audited", Text: b.String(), Data: r}
}

// writeClaim writes what follows from the published figures alone, and how the
// tables are made.
func (r *Result) writeClaim(b *strings.Builder) {
	fmt.Fprintf(b, `The figures imply that the points have a standard deviation of RMSE/sqrt(1-R2) = %.3f. Values scaled to 0..1 have such a
deviation; for them "within 0.5" says nothing, since the constant 0.5 has 100 %% as well. Whole numbers of which seven are equal and
one is off by one also have it (%.3f); for them a constant has 87.5 %%.

An LSTM is meta-trained on the dense series, adapted to the first half of each sparse one, and refined by a forest; the second half is
scored. "As published": three active hours predict the next active hour, the scaler is fitted on these four, and the forest is scored
on its training rows. Then one leak after the other is closed. All rows have the same seeds. Figures are in cold starts and in units of
the scaler. The last two columns draw %d of the N points at random, %d times: R2 (of scaled values) from the 5 %% to the 95 %%
quantile, and the share of draws that reach both R2 %.3f and 100 %% within 0.5.

`, r.Deviation, math.Sqrt(7)/8, ClaimedPoints, sampleDraws, ClaimedR2)
}

// write writes table and verdicts of one data set: a row per protocol, then the
// network alone and the mean of the three hours under the protocol without leaks.
func (f *ForecastAudit) write(b *strings.Builder) {
	fmt.Fprintf(b, "#### %s (%d dense, %d sparse)\n\n", f.Data, f.Dense, f.Sparse)
	t := report.NewTable("protocol", "N", "RMSE", "R2", "within 0.5", "RMSE, scaled", "R2, scaled", "within 0.5, scaled", "R2 of 8 points", "reach the claim")
	for _, s := range f.Protocols {
		t.Row(s.Name, s.N, report.Accuracy(s.Errors, 3), report.Accuracy(s.Scaled, 3),
			fmt.Sprintf("%.2f to %.2f", s.SampleScaled.Low, s.SampleScaled.High), report.Percent(s.SampleScaled.Reach))
	}
	// The two rows have no scaled scores: the network alone and the mean are
	// compared in cold starts only.
	clean, none := f.scores(Protocol{}), make([]string, 5)
	t.Row("nothing leaks, LSTM without forest", clean.N, report.Accuracy(clean.Network, 3), none)
	t.Row("nothing leaks, mean of the three hours", clean.N, report.Accuracy(clean.Mean, 3), none)
	b.WriteString(t.String())
	if f.Source != "" {
		fmt.Fprintf(b, "Data: %s\n\n", f.Source)
	}
	f.writeVerdicts(b)
}

// scores returns the scores of a protocol. It panics if f has no such protocol.
func (f *ForecastAudit) scores(p Protocol) ProtocolScores {
	return f.Protocols[slices.IndexFunc(f.Protocols, func(s ProtocolScores) bool { return s.Protocol == p })]
}

// writeVerdicts writes which of the published figures are reached on one data set.
func (f *ForecastAudit) writeVerdicts(b *strings.Builder) {
	published, clean := f.Protocols[0], f.scores(Protocol{})
	fmt.Fprintf(b, "- %s\n", f.contributions())
	fmt.Fprintf(b, "- The scaler reveals the target in %s of the rows as published: the scaled look-back then lacks the 0 or the 1.\n", report.Percent(published.Revealed))
	fmt.Fprintf(b, "- R2 %.3f with 100 %% within 0.5 %s over all points as published, and %s without leaks (scaled R2 %.3f, %s within 0.5; in cold starts %.3f, %s).\n",
		ClaimedR2, verdict(published.Scaled), verdict(clean.Scaled), clean.Scaled.R2, report.Percent(clean.Scaled.Within), clean.Errors.R2, report.Percent(clean.Errors.Within))
	// The mean of the look-back is the bar: a model that does not beat it adds
	// nothing.
	better := "worse than"
	if clean.Errors.RMSE < clean.Mean.RMSE {
		better = "better than"
	}
	fmt.Fprintf(b, "- Without leaks LSTM and forest are %s the mean of the three hours: RMSE %.3f against %.3f, R2 %.3f against %.3f.\n\n",
		better, clean.Errors.RMSE, clean.Mean.RMSE, clean.Errors.R2, clean.Mean.R2)
}

// contributions returns a sentence about the change of R2 with each leak closed, in
// the order of protocols.
func (f *ForecastAudit) contributions() string {
	// In both units, as closing a leak can move them in opposite directions.
	by := func(i int) string {
		after, before := f.Protocols[i], f.Protocols[i-1]
		return fmt.Sprintf("%+.3f (scaled %+.3f)", after.Errors.R2-before.Errors.R2, after.Scaled.R2-before.Scaled.R2)
	}
	return fmt.Sprintf("R2 is %.3f (scaled %.3f) as published. It changes by %s once the forest is held out, by %s once the scaler does not see the target, by %s once idle hours count.",
		f.Protocols[0].Errors.R2, f.Protocols[0].Scaled.R2, by(1), by(2), by(3))
}

// verdict compares with the claim, to the digits that were published.
func verdict(a metric.Accuracy) string {
	// Half a unit of the last published digit: a value that rounds to the published
	// one holds.
	if a.R2 >= ClaimedR2-0.0005 && a.Within >= ClaimedWithin-0.005 {
		return "holds"
	}
	return "does not hold"
}

// write writes table and verdicts of the replica classifier: a row per kind of
// split.
func (r *ReplicaAudit) write(b *strings.Builder) {
	claim := report.Percent(ClaimedAccuracy)
	fmt.Fprintf(b, "### Replicas of a load test: %s accuracy\n\nA random forest over %d runs, %d folds, %d seeds. Repeating the replicas of the run before has %s.\n\n",
		claim, r.N, replicaFolds, replicaSeeds, report.Percent(r.LastValue))
	t := report.NewTable("rows to classify", "accuracy", "of single folds", "majority class")
	var verdicts strings.Builder
	for _, s := range r.Splits {
		t.Row(s.Name, report.Percent(s.Accuracy), report.Percent(s.Least)+" to "+report.Percent(s.Most), report.Percent(s.Majority))
		verdict := "does not hold"
		if s.Accuracy >= ClaimedAccuracy-0.0005 {
			verdict = "is reached"
		}
		fmt.Fprintf(&verdicts, "- %s %s on %s.\n", claim, verdict, s.Name)
	}
	b.WriteString(t.String() + verdicts.String())
	fmt.Fprintf(b, "- For %s of the runs the most similar other run lies within %d rows, in the same series of tests; random folds put many of these pairs on both sides.\n\n", report.Percent(r.Nearby), nearbyRows)
	b.WriteString("The replicas in this data are those that an autoscaler had, not those that the load needed. The data is public but its project states no licence; no shipped model was trained on it.\n\n")
}

package main

import (
	"cmp"
	"fmt"
	"slices"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/report"
)

// summary returns a section that compares the full model of each experiment among
// sections with the best other method, or nil if there is no experiment.
func summary(sections []report.Section) []report.Section {
	activity := report.NewTable("full model at +1", "functions", "AP", "best other", "AP higher by", "95 % interval", "Brier", "best other", "Brier lower by", "95 % interval")
	parts := report.NewTable("gain at +1", "adapting the LSTM: AP", "95 % interval", "Brier", "95 % interval", "refining it: AP", "95 % interval", "Brier", "95 % interval")
	cold := report.NewTable("next-hour cold starts, full model", "N", "RMSE", "R2", "within 0.5", "best other", "R2 higher by", "95 % interval")
	found := false
	for _, section := range sections {
		// Sections of the hourly model and of the audit have data of other types and
		// no row here.
		s, ok := section.Data.(*scores)
		if !ok {
			continue
		}
		found = true
		s.addActivity(activity)
		parts.Row(s.name(), s.Adapted[0].cells(), s.Methods[s.index(method.LSTMAlone)].Activity[0].Full.cells())
		s.addCold(cold, "all functions", func(i int) coldScores { return s.Methods[i].Cold })
		// If all functions are sparse, the row would repeat the one above it.
		if n := s.Sparse.Functions; n > 0 && n < s.Functions {
			s.addCold(cold, "sparse functions", func(i int) coldScores { return s.Sparse.Methods[i] })
		}
	}
	if !found {
		return nil
	}
	return []report.Section{{Name: "summary", Title: "Summary", Text: activity.String() + parts.String() + cold.String()}}
}

// name returns the trace and the protocol.
func (s *scores) name() string { return fmt.Sprintf("%s: %s", s.Trace, s.Protocol) }

// addActivity adds a row with the full model and, for each score, the best other
// method: the strongest competitor and not a convenient one. It may be another
// method for average precision than for the Brier score.
func (s *scores) addActivity(t *report.Table) {
	full := s.full().Activity[0]
	precise := slices.MaxFunc(s.others(), func(a, b methodScores) int {
		return cmp.Compare(a.Activity[0].AveragePrecision, b.Activity[0].AveragePrecision)
	})
	sharp := slices.MinFunc(s.others(), func(a, b methodScores) int { return cmp.Compare(a.Activity[0].Brier, b.Activity[0].Brier) })
	t.Row(s.name(), s.Functions,
		spread(full.AveragePrecision, full.PrecisionSpread, 4), precise.Name, report.Gain(precise.Activity[0].Full.Precision, 4),
		spread(full.Brier, full.BrierSpread, 4), sharp.Name, report.Gain(sharp.Activity[0].Full.Brier, 4))
}

// addCold adds a row with the full model and the other method with the highest
// R2. of returns the scores of method i.
func (s *scores) addCold(t *report.Table, functions string, of func(i int) coldScores) {
	best := 0
	for i := range s.others() {
		// Only a larger value replaces the best: of equal methods the first in the
		// order of the tables is named.
		if of(i).R2 > of(best).R2 {
			best = i
		}
	}
	full := of(len(s.Methods) - 1)
	t.Row(s.name()+", "+functions, full.N, report.Accuracy(full.Accuracy, 3), s.Methods[best].Name, report.Gain(of(best).FullR2, 3))
}

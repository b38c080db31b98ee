package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/report"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// setHistory reads the value of -history: bounds of what every method sees before
// an origin, as numbers of steps of a minute or as durations, separated by commas.
func (o *options) setHistory(text string) error {
	o.history = nil
	for word := range strings.SplitSeq(text, ",") {
		steps, err := parseSteps(strings.TrimSpace(word))
		if err != nil {
			return err
		}
		// Two equal bounds would be two sections of the same name.
		if slices.Contains(o.history, steps) {
			return fmt.Errorf("every bound must be given once, was: %d steps twice", steps)
		}
		o.history = append(o.history, steps)
	}
	return nil
}

// parseSteps returns a bound of the history in steps of a minute.
func parseSteps(word string) (int, error) {
	steps, err := strconv.Atoi(word)
	if err != nil {
		d, err := time.ParseDuration(word)
		if err != nil {
			return 0, fmt.Errorf("must be steps or durations, such as 3,30m,3h,24h, was: %q", word)
		}
		if d%time.Minute != 0 {
			return 0, fmt.Errorf("must be whole minutes, was: %s", word)
		}
		steps = int(d / time.Minute)
	}
	if steps < forecast.MinKnown || steps > feature.MaxHistory {
		return 0, fmt.Errorf("must be between %d and %d steps, was: %s", forecast.MinKnown, feature.MaxHistory, word)
	}
	return steps, nil
}

// checkHistory returns an error if -history is given beside a flag whose methods
// have a history of their own, or that exports forecasts.
func (o *options) checkHistory() error {
	if o.history != nil && (o.all || o.hourly || o.audit || o.forecasts != "") {
		return errors.New("-history excludes -all, -hourly, -audit and -forecasts")
	}
	return nil
}

// histories returns the bounds of -history in steps, by default all that a window
// holds.
func (o *options) histories() []int {
	if o.history == nil {
		return []int{feature.MaxHistory}
	}
	return o.history
}

// comparesHistories returns whether -history has several bounds.
func (o *options) comparesHistories() bool { return len(o.history) > 1 }

// compareHistories returns a section with what the full model, the full model
// without the LSTM, the LSTM alone and the best baseline reach with each bound of the
// history. All have the same origins, minutes and functions, so that rows can be
// compared.
func compareHistories(name, title string, all []*scores) report.Section {
	parts := []string{method.Full, method.WithoutLSTM, method.LSTMAlone}
	heading := []string{"history, +1"}
	for _, part := range parts {
		heading = append(heading, part+": AP", "Brier", "CRPS")
	}
	reached := report.NewTable(append(heading, "best baseline: AP", "", "Brier", "", "CRPS", "")...)
	gains := report.NewTable("history, +1", "full against", "AP higher by", "95 % interval", "Brier lower by", "95 % interval")
	for _, s := range all {
		var cells []string
		for _, part := range parts {
			cells = append(cells, s.reached(part)...)
			if i := s.index(part); i >= 0 && part != method.Full {
				gains.Row(span(s.History), part, s.Methods[i].Activity[0].Full.cells())
			}
		}
		precise, sharp, need := s.bestBaselines()
		p, b := precise.Activity[0], sharp.Activity[0]
		reached.Row(span(s.History), cells, report.Fixed(4, p.AveragePrecision), precise.Name, report.Fixed(4, b.Brier), sharp.Name, report.Fixed(4, need.CRPS), need.Name)
		gains.Row(span(s.History), "best baseline", activityGain{p.Full.Precision, b.Full.Brier}.cells())
	}
	return report.Section{Name: name + "-histories", Title: title + ", histories compared", Text: reached.String() + gains.String()}
}

// reached returns the cells AP, Brier and CRPS of the next minute of a method, which
// are empty if it was not scored.
func (s *scores) reached(name string) []string {
	i := s.index(name)
	if i < 0 {
		return make([]string, 3)
	}
	need := slices.IndexFunc(s.Need, func(n needLosses) bool { return n.Name == name })
	a := s.Methods[i].Activity[0]
	return report.Fixed(4, a.AveragePrecision, a.Brier, s.Need[need].CRPS)
}

// bestBaselines returns the baselines with the highest average precision, the lowest
// Brier score and the lowest CRPS of the next minute. They may differ, and each is
// the strongest competitor of its score. The own gap hazard is one of them: of what
// is trained it uses the pooled gaps alone.
func (s *scores) bestBaselines() (precise, sharp methodScores, need needLosses) {
	var names []string
	for _, b := range method.Baselines() {
		names = append(names, b.Name)
	}
	names = append(names, method.GapHazard)
	methods := slices.DeleteFunc(slices.Clone(s.Methods), func(m methodScores) bool { return !slices.Contains(names, m.Name) })
	needs := slices.DeleteFunc(slices.Clone(s.Need), func(n needLosses) bool { return !slices.Contains(names, n.Name) })
	precise = slices.MaxFunc(methods, func(a, b methodScores) int {
		return cmp.Compare(a.Activity[0].AveragePrecision, b.Activity[0].AveragePrecision)
	})
	sharp = slices.MinFunc(methods, func(a, b methodScores) int { return cmp.Compare(a.Activity[0].Brier, b.Activity[0].Brier) })
	return precise, sharp, slices.MinFunc(needs, func(a, b needLosses) int { return cmp.Compare(a.CRPS, b.CRPS) })
}

// span returns a number of steps of a minute in words.
func span(steps int) string {
	if steps%60 == 0 {
		return fmt.Sprintf("%d h", steps/60)
	}
	return fmt.Sprintf("%d min", steps)
}

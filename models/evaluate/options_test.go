package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"prewarm/models/evaluate/training"
)

// Each flag selects its chapter; without one, the embedded model is scored.
func TestChaptersFollowTheFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"embedded model"}},
		{[]string{"-folds", "5"}, []string{"folds"}},
		{[]string{"-transfer", "-hourly"}, []string{"from one data set to another", "hourly mode"}},
		{[]string{"-audit"}, []string{"published claims"}},
		{[]string{"-all"}, []string{"embedded model", "folds", "from one data set to another", "hourly mode", "published claims"}},
	} {
		o, err := parseOptions(c.args, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, chapter := range o.chapters() {
			names = append(names, chapter.name)
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("%v: chapters %q, want %q", c.args, names, c.want)
		}
	}
}

// -all has five folds and, without -seeds, five seeds. Without -all one seed is the
// default.
func TestDefaultsDependOnAll(t *testing.T) {
	for _, c := range []struct {
		args         []string
		folds, seeds int
	}{
		{nil, 0, 1}, {[]string{"-folds", "3"}, 3, 1}, {[]string{"-all"}, 5, 5}, {[]string{"-all", "-seeds", "2"}, 5, 2},
	} {
		o, err := parseOptions(c.args, io.Discard)
		if err != nil || o.folds != c.folds || o.seeds != c.seeds || o.budget != training.FoldBudget() {
			t.Errorf("%v: %d folds, %d seeds, budget %+v, %v", c.args, o.folds, o.seeds, o.budget, err)
		}
	}
}

func TestInterruptEndsTheAudit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	st := &study{options: options{traces: t.TempDir()}, log: io.Discard}
	if err := auditClaims(ctx, st); !errors.Is(err, context.Canceled) || len(st.sections) != 0 {
		t.Errorf("%d sections, %v", len(st.sections), err)
	}
}

// Names of layouts and of methods become words of letters, digits and -.
func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"azure2019_single_day": "azure2019-single-day", "moving average, 1 h": "moving-average-1-h", "TSB": "tsb", "own gap hazard": "own-gap-hazard",
	} {
		if got := slug(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

package trace

import (
	"fmt"
	"slices"
	"strings"
)

// shownFiles bounds how many files an error names.
const shownFiles = 4

// unrecognised returns the error of a directory without a trace: the files that were
// found with their headings, what is nearest to a trace, and what is read.
func (f files) unrecognised() error {
	others := f[unknown]
	for _, k := range []kind{durations, delays, triggerTypes} {
		for _, s := range f[k] {
			s.own.problem = "has no calls"
			others = append(others, s)
		}
	}
	if len(others) == 0 {
		return fmt.Errorf("%w: no file is there; %s", ErrLayout, readForms)
	}
	// Tables first: a directory may have many other files.
	slices.SortStableFunc(others, func(a, b sheet) int { return min(1, len(b.heading)) - min(1, len(a.heading)) })
	var shown []string
	for _, s := range others[:min(len(others), shownFiles)] {
		shown = append(shown, s.describe())
	}
	if more := len(others) - shownFiles; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more files", more))
	}
	return fmt.Errorf("%w: found %s; %s", ErrLayout, strings.Join(shown, "; "), readForms)
}

// readForms says what is read.
const readForms = "read are timestamp,function (a row per call), time,function,count, time and a column per function, and the layouts of Azure 2019 and 2021 and of Huawei 2023 and 2025: see models/simulate/README.md"

// describe returns the name and the heading of a file, and what it lacks.
func (s sheet) describe() string {
	text := fmt.Sprintf("%s (%s)", s.name, s.title())
	if s.own.problem != "" {
		return text + ", which " + s.own.problem
	}
	if layout, missing := s.nearest(); layout != "" {
		return text + fmt.Sprintf(", nearest to %s, which has %s as well", layout, strings.Join(missing, " and "))
	}
	return text
}

// nearest returns the published layout of which a heading has most columns, and those
// that are missing; "" if it has none.
func (s *sheet) nearest() (nearest Layout, missing []string) {
	best := 0
	for _, l := range []struct {
		layout  Layout
		columns []string
	}{
		{Azure2019, []string{"HashOwner", "HashApp", "HashFunction", "Trigger"}}, {Azure2021, invocationHeadings()},
		{Huawei2025, startHeadings()[:startTotal]}, {Huawei2025Requests, requestHeadings()},
		{Huawei2025Regions, []string{"minute", "cold_starts"}},
	} {
		var lacks []string
		for _, c := range l.columns {
			if s.column(c) < 0 {
				lacks = append(lacks, c)
			}
		}
		if has := len(l.columns) - len(lacks); has > best && len(lacks) > 0 {
			best, nearest, missing = has, l.layout, lacks
		}
	}
	return nearest, missing
}

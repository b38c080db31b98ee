package trace

import (
	"fmt"
	"slices"
	"strings"
)

// leftAside notes the files of a directory that are not read beside those of a layout:
// of own data all others, of a published trace those of own data. It returns an error if
// a file beside own data seems to have calls as well, or is damaged: without it, the
// trace would lack functions.
func (f files) leftAside(l layoutKinds, summary *Summary) error {
	own := []kind{ownEvents, ownCounts, ownSeries}
	others := own
	if slices.Contains(own, l.kinds[0]) {
		others = []kind{unknown, durations, applicationMemory, delays, triggerTypes}
	}
	var names []string
	for _, k := range others {
		for _, s := range f[k] {
			if k == unknown && (s.own.problem != "" || s.content != "" && isTable(s.name)) {
				return fmt.Errorf("%w: %s is read as %s, but beside it lies %s: mend the file or move it away", ErrLayout, f[l.kinds[0]][0].name, l.layout, s.describe())
			}
			names = append(names, s.name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		shown := strings.Join(names[:min(len(names), shownFiles)], ", ")
		if more := len(names) - shownFiles; more > 0 {
			shown += fmt.Sprintf(" and %d more", more)
		}
		summary.note("files that are no part of %s: %d, which were not read: %s", l.layout, len(names), shown)
	}
	return nil
}

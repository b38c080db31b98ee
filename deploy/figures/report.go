package main

import (
	"fmt"
	"strings"
)

// String is the report, with the largest functions and files by name.
func (f *figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "functions        %5d, lines: p50 %d, p95 %d\n", len(f.functions), quantile(f.functions, 0.5), quantile(f.functions, 0.95))
	fmt.Fprintf(&b, "files            %5d, lines without blank ones: p95 %d\n", len(f.files), quantile(f.files, 0.95))
	fmt.Fprintf(&b, "lines outside tests: %d of code, %d of comments (%.1f %%)\n", f.code, f.comments, share(f.comments, f.code+f.comments))
	fmt.Fprintf(&b, "exported names   %5d, documented %.1f %%\n", f.exported, share(f.exported-f.silent, f.exported))
	fmt.Fprintf(&b, "lines of tests   %5d, %.2f of the code\n", f.testCode, float64(f.testCode)/float64(max(1, f.code)))
	fmt.Fprintf(&b, "examples         %5d\n", f.examples)
	for _, list := range [][]sized{f.functions, f.files} {
		fmt.Fprintln(&b, "\nlargest:")
		for _, s := range list[max(0, len(list)-5):] {
			fmt.Fprintf(&b, "  %4d  %s\n", s.lines, s.name)
		}
	}
	return b.String()
}

// share returns part of whole in per cent, 0 if both are 0.
func share(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }

// quantile returns the lines of element int(q·n), counted from 0, of a rising list of
// length n, such as the 96th of 100 for q = 0.95. It returns 0 for an empty list.
func quantile(list []sized, q float64) int {
	if len(list) == 0 {
		return 0
	}
	return list[min(len(list)-1, int(q*float64(len(list))))].lines
}

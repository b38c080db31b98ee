package witness

import (
	"strings"
	"testing"
)

// FuzzPage decodes any answer of a dashboard. A history has one value of each column for
// each step.
func FuzzPage(f *testing.F) {
	f.Add(`{"functions":[{"function":"a.ns","active":{"steps":3,"need":2,"steps_skipped":1}}]}`)
	f.Add(`{"past":{"step":[60],"need":[1],"estimated":[false],"reported":[-1],"cold":[0]}}`)
	f.Add(`{"past":{"step":[60]},"functions":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		if pages, err := decodePage(strings.NewReader(text)); err == nil && pages == nil {
			t.Errorf("%q: neither pages nor an error", text)
		}
		past, err := decodePast(strings.NewReader(text))
		if err == nil && (len(past.Step) != len(past.Cold) || len(past.Step) != len(past.Replicas)) {
			t.Errorf("%q was read as %+v", text, past)
		}
	})
}

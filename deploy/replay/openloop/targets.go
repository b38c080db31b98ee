package openloop

import (
	"fmt"
	"regexp"
	"strings"

	"prewarm/shared/trace"
)

// maxNameLength is the length of the longest name of a function, a DNS label.
const maxNameLength = 63

// Selection is which functions of a trace are replayed, and which deployed function
// gets the calls of each. The zero value selects all; their deployed names are those of
// DeployedName.
type Selection struct {
	Match    *regexp.Regexp // names in the trace; nil for all
	MinCalls int64          // fewest calls in the window
	MaxCalls int64          // most calls in the window; 0 for no bound
	Limit    int            // most functions; 0 for no bound

	// Map maps the functions of the trace to replay to deployed functions. It excludes
	// Deployed.
	Map map[string]string

	// Deployed names the deployed functions for the first selected functions, in
	// order.
	Deployed []string
}

// Select returns the selected functions of t, and the deployed function for each. Calls
// are counted in the minutes [from, from+minutes); minutes 0 means all from from on.
func (s Selection) Select(t *trace.Trace, from, minutes int) (*trace.Trace, []string, error) {
	o, err := PlanOptions{From: from, Minutes: minutes}.checked(t)
	if err != nil {
		return nil, nil, err
	}
	// A copy that shares the counts: the caller's trace keeps its functions.
	part := *t
	part.Functions = nil
	var deployed []string
	for _, f := range t.Functions {
		if s.full(len(deployed)) {
			break
		}
		if !s.takes(f, o) {
			continue
		}
		deployed = append(deployed, s.target(f.Name, len(deployed)))
		part.Functions = append(part.Functions, f)
	}
	return &part, deployed, s.check(part.Functions, deployed)
}

// full reports whether n functions are enough.
func (s Selection) full(n int) bool {
	return s.Limit > 0 && n == s.Limit || len(s.Deployed) > 0 && n == len(s.Deployed)
}

// takes reports whether f is selected.
func (s Selection) takes(f trace.Function, o PlanOptions) bool {
	if _, mapped := s.Map[f.Name]; len(s.Map) > 0 && !mapped {
		return false
	}
	if s.Match != nil && !s.Match.MatchString(f.Name) {
		return false
	}
	// f is a copy; the trace keeps all its counts.
	f.Counts = f.Counts[o.From:][:o.Minutes]
	calls := f.Calls()
	return calls >= s.MinCalls && (s.MaxCalls == 0 || calls <= s.MaxCalls)
}

// target returns the deployed function for function i of the selection.
func (s Selection) target(name string, i int) string {
	if to, mapped := s.Map[name]; mapped {
		return to
	}
	if len(s.Deployed) > 0 {
		return s.Deployed[i]
	}
	return DeployedName(name)
}

// check returns an error if fewer functions are selected than asked for, or if a
// deployed name is invalid or occurs twice.
func (s Selection) check(functions []trace.Function, deployed []string) error {
	if len(functions) == 0 {
		return fmt.Errorf("no function of the trace is selected")
	}
	if len(functions) < len(s.Deployed) {
		return fmt.Errorf("the selection must have a function for each of %d deployed ones, had: %d", len(s.Deployed), len(functions))
	}
	if len(s.Map) > 0 && len(functions) < len(s.Map) && s.Limit == 0 {
		return fmt.Errorf("the map must name functions of the selection, %d of %d are not there", len(s.Map)-len(functions), len(s.Map))
	}
	// The measurements of two functions of the trace at one deployed function would be mixed.
	from := map[string]string{}
	for i, name := range deployed {
		if name == "" || strings.ContainsAny(name, "/?#% ") {
			return fmt.Errorf("deployed function for %s must be a name, was: %q", functions[i].Name, name)
		}
		if other, taken := from[name]; taken {
			return fmt.Errorf("deployed function %s stands for both %s and %s", name, other, functions[i].Name)
		}
		from[name] = functions[i].Name
	}
	return nil
}

// DeployedName returns a name that is fit for deployment: at most 63 lower-case letters,
// digits and dashes, with a letter first and no dash last. A name that does not begin
// with a letter gets the prefix "fn-".
func DeployedName(name string) string {
	fit := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	fit = strings.Trim(fit, "-")
	if fit == "" || fit[0] < 'a' {
		fit = "fn-" + fit
	}
	return strings.TrimRight(fit[:min(len(fit), maxNameLength)], "-")
}

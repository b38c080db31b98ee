package openloop

import (
	"fmt"
	"regexp"
	"strings"

	"prewarm/shared/trace"
)

// maxNameLength is the longest name that a function can have: a DNS label.
const maxNameLength = 63

// Selection says which functions of a trace are replayed, and which deployed
// functions stand for them. The zero value takes all, each under its own name
// made fit by DeployedName.
type Selection struct {
	Match    *regexp.Regexp // names in the trace; nil for all
	MinCalls int64          // fewest calls in the window
	MaxCalls int64          // most calls in the window; 0 for no bound
	Limit    int            // most functions; 0 for no bound

	// Map names the functions of the trace to replay, and the deployed
	// function for each. It excludes Deployed.
	Map map[string]string

	// Deployed names one deployed function for each of the first functions
	// selected, in order.
	Deployed []string
}

// Select returns the part of t to replay, and the deployed function for each
// of its functions. Calls are counted in minutes from, of number minutes (0
// for all that follow).
func (s Selection) Select(t *trace.Trace, from, minutes int) (*trace.Trace, []string, error) {
	o, err := PlanOptions{From: from, Minutes: minutes}.checked(t)
	if err != nil {
		return nil, nil, err
	}
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

// full reports whether n functions are all that is wanted.
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

// check refuses a selection that is not what was asked for.
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

// DeployedName makes a name fit for deployment: lower case letters, digits and
// dashes, beginning with a letter, ending without a dash, at most 63 long. Names
// that do not begin with a letter get the prefix "fn-".
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

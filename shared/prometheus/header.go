package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"prewarm/shared/config"
)

// ParseHeaders parses headers such as
//
//	X-Scope-OrgID: team-a; X-Team: blue
//
// They are separated by new lines, or by semicolons if there is one line only. The error
// begins with "must be", and shows no value, since a value may be a credential.
func ParseHeaders(text string) (http.Header, error) {
	separator := ";"
	if text = strings.TrimSpace(text); strings.Contains(text, "\n") {
		separator = "\n"
	}
	all, n := http.Header{}, 0
	for line := range strings.SplitSeq(text, separator) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		n++
		if err := AddHeader(all, line); err != nil {
			return nil, fmt.Errorf("must be headers such as X-Scope-OrgID: team-a, separated by new lines or semicolons: number %d %w", n, err)
		}
	}
	return all, nil
}

// AddHeader adds one header "name: value" to h. The error begins with "must", and does
// not show the value.
func AddHeader(h http.Header, line string) error {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return errors.New("must have a colon after its name")
	}
	return config.AddHeader(h, name, value, "query")
}

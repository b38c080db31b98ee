package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// token is the form of a header's name. Source: RFC 9110, section 5.6.2.
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// reserved are the headers that a query sets itself, and those of the connection.
var reserved = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

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
	name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
	switch {
	case !token.MatchString(name):
		return errors.New("must have a name of letters, digits and hyphens")
	case slices.Contains(reserved, name):
		return fmt.Errorf("must not be %s, which the query sets itself", name)
	case value == "":
		return fmt.Errorf("must have a value after %.100s", name)
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return fmt.Errorf("must not have control characters in the value of %.100s", name)
	}
	h.Add(name, value)
	return nil
}

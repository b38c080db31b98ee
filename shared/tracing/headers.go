package tracing

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// token is the form of a header's name. Source: RFC 9110, section 5.6.2.
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// reserved are the headers that an export sets itself, and those of the connection.
var reserved = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// parseHeaders parses headers such as
//
//	authorization=Bearer%20abc,x-tenant=blue
//
// with values whose special characters are percent-encoded. The error begins with "must be",
// and shows no value, since a value may be a credential.
//
// Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
func parseHeaders(text string) (http.Header, error) {
	all, n := http.Header{}, 0
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n++
		if err := addHeader(all, part); err != nil {
			return nil, fmt.Errorf("must be headers such as x-tenant=blue, separated by commas: number %d %w", n, err)
		}
	}
	return all, nil
}

// addHeader adds one header "name=value" to h.
func addHeader(h http.Header, text string) error {
	name, encoded, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("must have an equals sign after its name")
	}
	name = http.CanonicalHeaderKey(strings.TrimSpace(name))
	value, err := url.PathUnescape(strings.TrimSpace(encoded))
	switch {
	case !token.MatchString(name):
		return errors.New("must have a name of letters, digits and hyphens")
	case slices.Contains(reserved, name):
		return fmt.Errorf("must not be %s, which the export sets itself", name)
	case err != nil || value == "":
		return fmt.Errorf("must have a percent-encoded value after %.100s", name)
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return fmt.Errorf("must not have control characters in the value of %.100s", name)
	}
	h.Add(name, value)
	return nil
}

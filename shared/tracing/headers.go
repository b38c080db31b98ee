package tracing

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"prewarm/shared/config"
)

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
	value, err := url.PathUnescape(strings.TrimSpace(encoded))
	if err != nil {
		return fmt.Errorf("must have a percent-encoded value after %.100s", http.CanonicalHeaderKey(strings.TrimSpace(name)))
	}
	return config.AddHeader(h, name, value, "export")
}

package config

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// headerToken is the form of a header's name. Source: RFC 9110, section 5.6.2.
var headerToken = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// reservedHeaders are those that a request sets itself, and those of the connection.
var reservedHeaders = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// AddHeader adds a header that an operator has configured to h. request is what sends it, such
// as "query". The error begins with "must", and does not show the value, which may be a
// credential.
func AddHeader(h http.Header, name, value, request string) error {
	name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
	switch {
	case !headerToken.MatchString(name):
		return errors.New("must have a name of letters, digits and hyphens")
	case slices.Contains(reservedHeaders, name):
		return fmt.Errorf("must not be %s, which the %s sets itself", name, request)
	case value == "":
		return fmt.Errorf("must have a value after %.100s", name)
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return fmt.Errorf("must not have control characters in the value of %.100s", name)
	}
	h.Add(name, value)
	return nil
}

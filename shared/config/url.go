package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// URL returns the value of key, an absolute URL with one of the schemes, without
// trailing slashes.
func (r *Reader) URL(key, def string, schemes ...string) string {
	v := strings.TrimRight(r.String(key, def), "/")
	if _, err := ParseURL(v, schemes...); err != nil {
		r.fail("%s %w", key, err)
		return def
	}
	return v
}

// URLs is URL for a list that is separated by commas, such as the servers of a cluster.
func (r *Reader) URLs(key, def string, schemes ...string) string {
	var urls []string
	list := r.String(key, def)
	for part := range strings.SplitSeq(list, ",") {
		v := strings.TrimRight(strings.TrimSpace(part), "/")
		_, err := ParseURL(v, schemes...)
		if err != nil && strings.Contains(list, "@") { // the comma may be one of a password
			err = notURL(unreadable, schemes)
		}
		if err != nil {
			r.fail("%s %w", key, err)
			return def
		}
		urls = append(urls, v)
	}
	return strings.Join(urls, ",")
}

// BaseURL is URL for an address below which a program makes its calls, see ParseBase.
func (r *Reader) BaseURL(key, def string, schemes ...string) string {
	u, err := ParseBase(r.String(key, def), schemes...)
	if err != nil {
		r.fail("%s %w", key, err)
		return def
	}
	return u.String()
}

// ParseBase is ParseURL for an address to whose path those of calls are added. It refuses
// user, query and fragment. The path of the result has no empty parts and no slash at its
// end.
func ParseBase(text string, schemes ...string) (*url.URL, error) {
	u, err := ParseURL(text, schemes...)
	if err != nil {
		return nil, err
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		shown := withoutSecrets(u)
		if redact(text) == unreadable { // what stands before a question mark may belong to a password
			shown = unreadable
		}
		return nil, fmt.Errorf("must be a URL without user, query and fragment, was: %q with one of them", shown)
	}
	u = u.JoinPath("/")
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// ParseURL parses an absolute URL with one of the schemes. The error begins with "must
// be", so that the name of a key or flag can stand before it, and shows no password.
func ParseURL(text string, schemes ...string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return nil, notURL(redact(text), schemes)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("must be a URL with a port from 1 to 65535, was: %q", redact(text))
		}
	}
	return u, nil
}

// notURL returns the error of a text that is no URL with one of the schemes.
func notURL(shown string, schemes []string) error {
	return fmt.Errorf("must be a URL with scheme %s and a host, was: %q", strings.Join(schemes, " or "), shown)
}

// unreadable stands for a URL that may hold a password in any part.
const unreadable = "(unreadable)"

// redact hides the password in a URL, which must not reach a log. If there is an @ anywhere
// but behind a user, the part before it may still be a password, so all of it is hidden.
func redact(v string) string {
	u, err := url.Parse(v)
	if err != nil || strings.Contains(u.Host+u.Path+u.Opaque+u.RawQuery+u.Fragment, "@") {
		return unreadable
	}
	return u.Redacted()
}

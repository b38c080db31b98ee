package dashboard

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// checkOrigin returns an errForbidden if the page of another site may have made a request
// that changes something.
//
// Browsers tell the truth in Sec-Fetch-Site, which they send to https and to localhost.
// Elsewhere there is only Origin, which must name the host of the dashboard. Gateway and
// provider of OpenFaaS replace the Host header and put the one that the browser sent into
// X-Forwarded-Host. A client that is no browser can forge all of these headers, and gains
// nothing: it has no cookie of a user. A page cannot set them: a request with a header of
// its own to another site needs a preflight, which the dashboard never answers. Whatever
// passes here still needs the token of the session, which no other site can read.
//
// Sources: Fetch Standard of the WHATWG, "CORS-preflight fetch" and "Origin header"; OWASP,
// "Cross-Site Request Forgery Prevention".
func (d *Dashboard) checkOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if r.Header.Get("Sec-Fetch-Site") == "" && isForwarded(origin, r.Header.Values("X-Forwarded-Host")) {
		return nil
	}
	err := d.origin.Check(r)
	switch {
	case err == nil:
		return nil
	case r.Header.Get("Sec-Fetch-Site") != "" || origin == "" || origin == "null":
		return fmt.Errorf("%w: %w", errForbidden, err)
	}
	return fmt.Errorf("%w: the page was opened at %.100q, but the request arrived for %.100q: if that is the address of the dashboard, set dashboard_origin: %.100q in stack.yml",
		errForbidden, origin, strings.Join(append(r.Header.Values("X-Forwarded-Host"), r.Host), ", "), origin)
}

// isForwarded reports whether an origin names one of the hosts that proxies forwarded.
func isForwarded(origin string, forwarded []string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	for _, list := range forwarded {
		for host := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(host), u.Host) {
				return true
			}
		}
	}
	return false
}

// parseOrigin checks the key dashboard_origin: the scheme and host at which browsers open
// the dashboard, such as https://prewarm.example.org, empty for none.
func parseOrigin(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if err := http.NewCrossOriginProtection().AddTrustedOrigin(text); err != nil {
		return "", fmt.Errorf("must be a scheme and a host such as https://prewarm.example.org, was: %.200q", text)
	}
	return text, nil
}

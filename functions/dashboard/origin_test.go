package dashboard

import (
	"net/http"
	"strings"
	"testing"

	"prewarm/shared/config"
)

// A browser that opens the dashboard over plain http away from localhost sends Origin alone,
// and the request arrives with the host of the function.
func TestTheOriginOfAChange(t *testing.T) {
	const site = "http://prewarm.example.org:8080"
	for story, c := range map[string]struct {
		origin, forwarded, host, fetchSite, configured string
		want                                           int
	}{
		"behind the gateway":                            {origin: site, forwarded: "prewarm.example.org:8080", host: "dashboard.openfaas-fn:8080", want: 200},
		"behind an ingress and the gateway":             {origin: site, forwarded: "prewarm.example.org:8080, gateway.openfaas:8080", want: 200},
		"in other letters":                              {origin: site, forwarded: "PREWARM.example.org:8080", want: 200},
		"without a proxy":                               {origin: site, host: "prewarm.example.org:8080", want: 200},
		"a proxy that tells nothing":                    {origin: site, host: "dashboard:8080", want: 403},
		"the same, configured":                          {origin: site, host: "dashboard:8080", configured: site, want: 200},
		"another site":                                  {origin: "http://evil.example", forwarded: "prewarm.example.org:8080", want: 403},
		"another site than the configured one":          {origin: "http://evil.example", host: "dashboard:8080", configured: site, want: 403},
		"another port":                                  {origin: "http://prewarm.example.org", forwarded: "prewarm.example.org:8080", want: 403},
		"a name that begins alike":                      {origin: site + ".evil.example", forwarded: "prewarm.example.org:8080", want: 403},
		"a sandboxed page":                              {origin: "null", forwarded: "null", want: 403},
		"a browser that tells":                          {origin: site, host: "dashboard:8080", fetchSite: "same-origin", want: 200},
		"a browser that tells of another site":          {origin: "http://evil.example", forwarded: "evil.example", fetchSite: "cross-site", want: 403},
		"a subdomain of the site, which may be hostile": {origin: "http://x.example.org", forwarded: "x.example.org", fetchSite: "same-site", want: 403},
		"a script without a browser":                    {want: 200},
	} {
		source := &fakeSource{}
		cfg := newFake(t, source).cfg
		cfg.Origin = c.configured
		v := &client{d: newDashboard(cfg, source, newFake(t, source).now, newFake(t, source).log)}
		w := v.send(http.MethodPost, "session", `{"token":"`+token+`"}`, func(r *http.Request) {
			if c.host != "" {
				r.Host = c.host
			}
			for name, value := range map[string]string{"Origin": c.origin, "X-Forwarded-Host": c.forwarded, "Sec-Fetch-Site": c.fetchSite} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
		})
		if w.Code != c.want {
			t.Errorf("%s: got %d %s, want %d", story, w.Code, w.Body, c.want)
		}
		if c.want == 403 && c.fetchSite == "" && c.origin != "null" && !strings.Contains(w.Body.String(), "set dashboard_origin") {
			t.Errorf("%s: the refusal must say what to do: %s", story, w.Body)
		}
	}
}

// A forged X-Forwarded-Host opens nothing without the token of the session.
func TestAForgedHostIsNotEnough(t *testing.T) {
	source := &fakeSource{}
	v := &client{d: newFake(t, source)}
	v.signIn(t, `{"token":"`+token+`"}`)
	v.csrf = ""
	w := v.send(http.MethodPost, "pause", `{"paused":true}`, func(r *http.Request) {
		r.Header.Set("Origin", "http://evil.example")
		r.Header.Set("X-Forwarded-Host", "evil.example")
	})
	if w.Code != http.StatusForbidden || source.paused {
		t.Errorf("got %d", w.Code)
	}
}

func TestTheConfiguredOriginIsChecked(t *testing.T) {
	for text, valid := range map[string]bool{
		"": true, "https://prewarm.example.org": true, "http://10.0.0.1:31112": true,
		"prewarm.example.org": false, "https://prewarm.example.org/function": false, "https://a?b": false, "https://": false,
	} {
		r := config.NewReader(func(key string) string { return map[string]string{"dashboard_origin": text}[key] })
		config.Parse(r, "dashboard_origin", "", parseOrigin)
		if err := r.Err(); (err == nil) != valid || !valid && !strings.Contains(err.Error(), "dashboard_origin") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// An origin without a host is nobody's, whatever is forwarded.
func FuzzOrigin(f *testing.F) {
	f.Add("http://a.example", "a.example")
	f.Add("null", "null")
	f.Fuzz(func(t *testing.T, origin, forwarded string) {
		if isForwarded(origin, []string{forwarded}) && !strings.Contains(origin, "//") {
			t.Errorf("%q is of %q", origin, forwarded)
		}
	})
}

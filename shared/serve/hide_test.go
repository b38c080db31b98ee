package serve

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"testing"
)

func TestMetricsAreNotServedThroughTheGateway(t *testing.T) {
	for _, c := range []struct {
		cause  string
		header http.Header
		public bool
		want   int
	}{
		{"a scrape of the pod", http.Header{"Accept": {"application/openmetrics-text"}}, false, 200},
		{"a call through the gateway", http.Header{"X-Call-Id": {"1"}, "X-Start-Time": {"1"}, "X-Forwarded-For": {"10.0.0.1:1"}, "X-Forwarded-Host": {"g"}}, false, 404},
		{"a part of its headers", http.Header{"X-Start-Time": {"1"}}, false, 404},
		{"an empty value", http.Header{"X-Forwarded-For": {""}}, false, 404},
		{"metrics_public", http.Header{"X-Forwarded-For": {"10.0.0.1:1"}}, true, 200},
	} {
		h, err := newRoutes(&full{call: echo}, serverConfig{publicMetrics: c.public}, discard())
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header = c.header
		if got := ask(h, r); got.Code != c.want {
			t.Errorf("%s: got %d", c.cause, got.Code)
		}
	}
}

// The gateway passes a call for text/event-stream on with a ReverseProxy that has a Director,
// which removes what the client names in Connection.
func TestAClientCannotStripTheHeadersOfTheGateway(t *testing.T) {
	function := httptest.NewServer(routes(t, &full{call: echo}, 10, discard()))
	defer function.Close()
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Call-Id", "1")
		r.Header.Add("X-Start-Time", "1")
		//lint:ignore SA1019 the gateway has a Director, and Rewrite removes headers at another time
		proxy := httputil.ReverseProxy{Director: func(r *http.Request) {
			r.URL.Scheme, r.URL.Host = "http", function.Listener.Addr().String()
		}}
		proxy.ServeHTTP(w, r)
	}))
	defer gateway.Close()
	r := httptest.NewRequest(http.MethodGet, gateway.URL+"/metrics", nil)
	r.RequestURI = ""
	r.Header.Set("Connection", "X-Call-Id, X-Start-Time, X-Forwarded-For, X-Forwarded-Host")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", res.StatusCode)
	}
}

package serve

import "net/http"

// gatewayHeaders are the headers that the OpenFaaS gateway sets on the calls that it passes
// to a function. A scrape of the function itself has none of them.
//
// A client cannot have them all removed. Proxies remove the headers that a client names in
// Connection; the gateway does so only for calls that ask for text/event-stream, and sets
// X-Forwarded-For afterwards.
//
// Source: gateway/handlers/forwarding_proxy.go and callid_middleware.go of
// github.com/openfaas/faas; proxy/proxy.go of github.com/openfaas/faas-provider;
// ReverseProxy.ServeHTTP of net/http/httputil.
var gatewayHeaders = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Call-Id", "X-Start-Time"}

// hideFromGateway answers 404 to requests that came through the gateway, whose clients need no
// credentials.
func hideFromGateway(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range gatewayHeaders {
			if _, set := r.Header[name]; set {
				http.NotFound(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

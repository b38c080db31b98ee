//go:build unix

package gateway

import (
	"net/http"
	"regexp"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/auth"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// nameExpression is the part of a route that matches a function name, with or without
// its namespace.
const nameExpression = "{name:" + nameCharacters + "}"

const nameCharacters = "[-a-zA-Z_0-9.]+"

// calledExp matches the name in a call, as nameExpression does.
var calledExp = regexp.MustCompile("^" + nameCharacters + "$")

// routes returns the routes of the provider SDK's bootstrap.Serve and of the OpenFaaS
// gateway. Serve itself cannot be used: it registers on a router that is global to the
// process, listens on all interfaces and ends the process on errors. Here a process
// can have several gateways, which listen on loopback and can be closed and started
// again.
func (g *Gateway) routes() http.Handler {
	r := mux.NewRouter()
	g.addSystem(r)
	// As in OpenFaaS, calls need no credentials, and an asynchronous call must be a POST. A
	// route of mux matches the whole path, which may end after the name.
	for _, tail := range []string{"", "/", "/{params:.*}"} {
		r.HandleFunc("/function/"+nameExpression+tail, g.invoke)
		r.HandleFunc("/async-function/"+nameExpression+tail, answer(g.enqueue)).Methods(http.MethodPost)
	}
	r.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {}).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc(TargetsPath, answer(g.listTargets)).Methods(http.MethodGet)
	r.Handle("/metrics", promhttp.HandlerFor(g.opts.Registry, promhttp.HandlerOpts{Registry: g.opts.Registry}))
	return r
}

// addSystem adds the routes below /system, which need credentials.
func (g *Gateway) addSystem(r *mux.Router) {
	system := func(path string, handle func(http.ResponseWriter, *http.Request) error, methods ...string) {
		// The metrics count outside the authentication, so that refused requests are counted too.
		handler := auth.DecorateWithBasicAuth(answer(handle), &auth.BasicAuthCredentials{User: g.opts.User, Password: g.opts.Password})
		r.HandleFunc(path, g.metrics.instrument(handler)).Methods(methods...)
	}
	system("/system/functions", g.listFunctions, http.MethodGet)
	system("/system/functions", g.deployFunction, http.MethodPost)
	system("/system/functions", g.updateFunction, http.MethodPut)
	system("/system/functions", g.deleteFunction, http.MethodDelete)
	system("/system/function/"+nameExpression, g.describeFunction, http.MethodGet)
	system("/system/scale-function/"+nameExpression, g.scaleFunction, http.MethodPost)
	system("/system/alert", g.alert, http.MethodPost)
	system("/system/info", g.info, http.MethodGet)
	system("/system/secrets", g.serveSecrets, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
	system("/system/logs", g.serveLogs, http.MethodGet)
	system("/system/namespaces", g.listNamespaces, http.MethodGet)
	system("/system/namespace/{name:[-a-zA-Z_0-9.]*}", g.serveNamespace,
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
}

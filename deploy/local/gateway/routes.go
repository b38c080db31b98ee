//go:build unix

package gateway

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/auth"
	"github.com/openfaas/faas-provider/types"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// nameExpression is the part of a route that matches a function name, with or without
// its namespace.
const nameExpression = "{name:[-a-zA-Z_0-9.]+}"

// handlers returns the handlers that the provider SDK defines.
func (g *Gateway) handlers() types.FaaSHandlers {
	return types.FaaSHandlers{
		FunctionProxy:   g.invoke,
		FunctionLister:  answer(g.listFunctions),
		DeployFunction:  answer(g.deployFunction),
		UpdateFunction:  answer(g.updateFunction),
		DeleteFunction:  answer(g.deleteFunction),
		FunctionStatus:  answer(g.describeFunction),
		ScaleFunction:   answer(g.scaleFunction),
		Secrets:         answer(g.serveSecrets),
		Logs:            answer(g.serveLogs),
		ListNamespaces:  answer(g.listNamespaces),
		MutateNamespace: answer(g.serveNamespace),
		Info:            answer(g.info),
		Health:          func(http.ResponseWriter, *http.Request) {},
	}
}

// routes returns the routes of the provider SDK's bootstrap.Serve and of the OpenFaaS
// gateway. Serve itself cannot be used: it registers on a router that is global to the
// process, listens on all interfaces and ends the process on errors. Here a process
// can have several gateways, which listen on loopback and can be closed and started
// again.
func (g *Gateway) routes() http.Handler {
	h := g.handlers()
	r := mux.NewRouter()
	system := func(path string, handler http.HandlerFunc, methods ...string) {
		handler = auth.DecorateWithBasicAuth(handler, &auth.BasicAuthCredentials{User: g.opts.User, Password: g.opts.Password})
		r.HandleFunc(path, g.metrics.instrument(handler)).Methods(methods...)
	}
	system("/system/functions", h.FunctionLister, http.MethodGet)
	system("/system/functions", h.DeployFunction, http.MethodPost)
	system("/system/functions", h.UpdateFunction, http.MethodPut)
	system("/system/functions", h.DeleteFunction, http.MethodDelete)
	system("/system/function/"+nameExpression, h.FunctionStatus, http.MethodGet)
	system("/system/scale-function/"+nameExpression, h.ScaleFunction, http.MethodPost)
	system("/system/alert", answer(g.alert), http.MethodPost)
	system("/system/info", h.Info, http.MethodGet)
	system("/system/secrets", h.Secrets, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
	system("/system/logs", h.Logs, http.MethodGet)
	system("/system/namespaces", h.ListNamespaces, http.MethodGet)
	system("/system/namespace/{name:[-a-zA-Z_0-9.]*}", h.MutateNamespace,
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)

	for _, tail := range []string{"", "/", "/{params:.*}"} {
		r.HandleFunc("/function/"+nameExpression+tail, h.FunctionProxy)
		r.HandleFunc("/async-function/"+nameExpression+tail, answer(g.enqueue)).Methods(http.MethodPost)
	}
	r.HandleFunc("/healthz", h.Health).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc(TargetsPath, answer(g.listTargets)).Methods(http.MethodGet)
	r.Handle("/metrics", promhttp.HandlerFor(g.opts.Registry, promhttp.HandlerOpts{Registry: g.opts.Registry}))
	return r
}

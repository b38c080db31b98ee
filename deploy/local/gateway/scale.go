//go:build unix

package gateway

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

// scaleFunction serves POST /system/scale-function/NAME. It answers 202 at once, before the
// replicas are ready. Counts out of bounds are clamped without an error.
func (g *Gateway) scaleFunction(w http.ResponseWriter, r *http.Request) error {
	name := mux.Vars(r)["name"]
	replicas, err := bodyOf(w, r, func(body []byte) (uint64, error) { return decodeScale(body, name) })
	if err != nil {
		return err
	}
	fn, err := g.find(name)
	if err != nil {
		return err
	}
	g.scale(fn, replicas, "request")
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// decodeScale returns the replicas that a request asks for. The name in the body is
// optional, and must be that in the path.
func decodeScale(body []byte, name string) (uint64, error) {
	// Replicas is a pointer, to tell a missing count from 0, which scales to zero.
	var request struct {
		ServiceName string  `json:"serviceName"`
		Namespace   string  `json:"namespace"`
		Replicas    *uint64 `json:"replicas"`
	}
	if err := decode(body, &request); err != nil {
		return 0, err
	}
	if request.Replicas == nil {
		return 0, badRequest("replicas must be set")
	}
	if request.ServiceName != "" && baseName(request.ServiceName) != baseName(name) {
		return 0, badRequest("serviceName must be %s as in the path, was: %q", name, request.ServiceName)
	}
	return *request.Replicas, validateNamespace(request.Namespace)
}

// baseName returns the name without the namespace.
func baseName(name string) string { return strings.TrimSuffix(name, "."+Namespace) }

// scale sets the replicas of a function, within the bounds of the edition. cause is for the
// log.
func (g *Gateway) scale(fn *function, replicas uint64, cause string) {
	before := fn.pool.Stats().Desired
	after := fn.pool.SetDesired(g.opts.Edition.clamp(replicas))
	// A request is logged even if it changes nothing, to show who asks for what.
	if after != before || cause == "request" {
		g.log.Info("scaled", "function", fn.name, "from", before, "to", after, "cause", cause)
	}
}

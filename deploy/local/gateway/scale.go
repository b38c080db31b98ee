//go:build unix

package gateway

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"prewarm/deploy/local/controller/alertmanager"
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
	if after != before {
		g.log.Info("scaled", "function", fn.name, "from", before, "to", after, "cause", cause)
	}
}

// alertMessage is the part of AlertManager's webhook that is used for scaling.
type alertMessage struct {
	Alerts []struct {
		Status string            `json:"status"` // firing or resolved
		Labels map[string]string `json:"labels"`
	} `json:"alerts"`
}

// alert scales on AlertManager's webhook: a firing alert adds a step of replicas, a
// resolved alert goes back to the minimum.
// That is the autoscaling of OpenFaaS CE: its AlertManager sends the webhook while the rate of
// calls is above a limit.
func (g *Gateway) alert(w http.ResponseWriter, r *http.Request) error {
	message, err := bodyOf(w, r, decodeAlert)
	if err != nil {
		return err
	}
	var errs []error
	for _, alert := range message.Alerts {
		fn, err := g.find(alert.Labels["function_name"])
		if err != nil {
			// One unknown function must not keep the other alerts from scaling.
			errs = append(errs, err)
			continue
		}
		g.applyAlert(fn, alert.Status == "firing")
	}
	return errors.Join(errs...)
}

// decodeAlert decodes and validates a webhook. The first invalid alert is an error; nothing
// is scaled then.
func decodeAlert(body []byte) (alertMessage, error) {
	var message alertMessage
	if err := decode(body, &message); err != nil {
		return message, err
	}
	if len(message.Alerts) == 0 {
		return message, badRequest("alerts must not be empty")
	}
	for i, alert := range message.Alerts {
		if alert.Status != "firing" && alert.Status != "resolved" {
			return message, badRequest("alerts[%d].status must be firing or resolved, was: %q", i, alert.Status)
		}
		if alert.Labels["function_name"] == "" {
			return message, badRequest("alerts[%d].labels.function_name must be set", i)
		}
	}
	return message, nil
}

// applyAlert scales a function as an alert asks for.
func (g *Gateway) applyAlert(fn *function, firing bool) {
	_, s := fn.state()
	cause := "alert resolved"
	if firing {
		cause = "alert firing"
	}
	g.scale(fn, uint64(alertmanager.Replicas(firing, fn.pool.Stats().Desired, max(1, s.min), s.max, s.factor)), cause)
}

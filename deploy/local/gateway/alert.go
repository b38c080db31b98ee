//go:build unix

package gateway

import (
	"net/http"

	"prewarm/deploy/local/controller/alertmanager"
)

// alertMessage is the part of AlertManager's webhook that is used for scaling.
type alertMessage struct {
	Alerts []struct {
		Status string            `json:"status"` // firing; anything else counts as resolved
		Labels map[string]string `json:"labels"`
	} `json:"alerts"`
}

// alert scales on AlertManager's webhook: a firing alert adds a share of the label max, a
// resolved one goes back to the label min. That is how OpenFaaS CE scales: its AlertManager
// sends the webhook while the rate of calls is above a limit. See alertmanager.Replicas.
//
// Like the gateway of OpenFaaS it answers 400 if the body is not the JSON of a webhook, and
// 200 otherwise: an alert without a function, or of a function that is not deployed, is left
// out. An error would make AlertManager send the alerts of all functions again.
//
// Source: MakeAlertHandler in gateway/handlers/alerthandler.go of openfaas/faas.
func (g *Gateway) alert(w http.ResponseWriter, r *http.Request) error {
	message, err := bodyOf(w, r, decodeAlert)
	if err != nil {
		return err
	}
	for _, alert := range message.Alerts {
		if fn, err := g.find(alert.Labels["function_name"]); err == nil {
			g.applyAlert(fn, alert.Status == "firing")
		}
	}
	return nil
}

// decodeAlert decodes a webhook. An error has status 400; nothing is scaled then.
func decodeAlert(body []byte) (alertMessage, error) {
	var message alertMessage
	return message, decode(body, &message)
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

package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"prewarm/functions/dashboard/view"
	"prewarm/shared/openfaas"
)

// controllerJSON is a controller beside prewarm that may set the replicas of a function, or
// has set them back.
type controllerJSON struct {
	Name     string `json:"name"`        // as in the decision
	Does     string `json:"does"`        // what it does to the replicas
	Change   string `json:"change"`      // what to change so that it does not
	SetBacks int    `json:"set_backs"`   // in the last hour of steps
	Cold     int    `json:"cold_starts"` // of the steps that began with replicas set back
}

// controllers returns the controllers of a function: those that its last decision names, and
// those that set it back in the last hour of steps. The list is never nil.
func controllers(s view.Summary) []controllerJSON {
	actuator := ""
	if s.Decision != nil {
		actuator = s.Decision.Actuator
	}
	out := []controllerJSON{}
	for _, name := range s.Others {
		does, change := advice(name, actuator)
		out = append(out, controllerJSON{Name: name, Does: does, Change: change})
	}
	for _, b := range s.SetBacks {
		at := slices.IndexFunc(out, func(c controllerJSON) bool { return c.Name == b.By })
		if at < 0 {
			does, change := advice(b.By, actuator)
			out, at = append(out, controllerJSON{Name: b.By, Does: does, Change: change}), len(out)
		}
		out[at].SetBacks, out[at].Cold = b.Count, b.Cold
	}
	return out
}

// advice tells what a controller does, and what to change so that prewarm gets its way.
//
// Sources: docs.openfaas.com, pages "Auto-scaling your functions" and "Scale to Zero";
// openfaas/faas, gateway/handlers/alerthandler.go.
func advice(name, actuator string) (does, change string) {
	switch name {
	case openfaas.Idler:
		return "sets 0 replicas if no call came for " + openfaas.LabelZeroDuration + " (15m by default; on Edge one time for all functions), whoever started the replicas",
			"remove the label " + openfaas.LabelZero + ` and set the annotation prewarm.zero: "true"`
	case openfaas.Autoscaler:
		return "sets the replicas by load, between the labels " + openfaas.LabelMin + " and " + openfaas.LabelMax,
			"set the labels " + openfaas.LabelMin + " = " + openfaas.LabelMax + " and the annotation prewarm.max; or " +
				openfaas.LabelType + ": " + openfaas.TypePrewarm + " and prewarm.actuator: openfaas"
	case openfaas.AlertManager:
		return "adds replicas above 5 calls per second, and goes back to " + openfaas.LabelMin + " when that ends",
			"install OpenFaaS with deploy/kubernetes/values/openfaas-community.yaml, which leaves it out; the label " + openfaas.LabelFactor + `: "0"` + " does not switch it off"
	case openfaas.HPA, openfaas.KEDA:
		if actuator == name {
			return "sets the replicas; it follows prewarm in its own time", "nothing: it is the actuator of the function"
		}
		return "sets the replicas by metrics of its own", "set prewarm.actuator: " + name + " and let it follow prewarm, or delete it for this function"
	}
	return "is not known to prewarm", "find out what sets the replicas, such as an HPA or a bound of the gateway, and let one controller set them"
}

// fightNotices returns a notice if other controllers set functions back, nil otherwise.
func (d *Dashboard) fightNotices() []notice {
	fights := d.view.Fights()
	if len(fights) == 0 {
		return nil
	}
	const named = 3
	var list []string
	for _, f := range fights[:min(named, len(fights))] {
		for _, b := range f.SetBacks {
			list = append(list, fmt.Sprintf("%s (%s, %d×)", f.Function, b.By, b.Count))
		}
	}
	if more := len(fights) - named; more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return []notice{newNotice("warn", "Other controllers set back numbers of prewarm in the last %s: %s. The page of each function says what to change.",
		d.units(60), strings.Join(list, ", "))}
}

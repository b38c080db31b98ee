package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"prewarm/shared/openfaas"
)

// alertRule is the alert with which the community edition scales.
//
// Source: docs.openfaas.com, page "Auto-scaling your functions", and the rules of the chart.
const alertRule = "APIHighInvocationRate"

// leaveOut says how to switch AlertManager off.
const leaveOut = "helm upgrade openfaas with deploy/kubernetes/values/openfaas-community.yaml, which leaves AlertManager out; the label com.openfaas.scale.factor: \"0\" does not switch it off"

// alerts tells whether the store sends the alerts of OpenFaaS to an AlertManager. told is false
// if it does not say: other stores have no such paths.
//
// Source: prometheus.io/docs, page "HTTP API", Alertmanagers and Rules.
func (d *doctor) alerts(ctx context.Context) (on, told bool) {
	var managers struct {
		Data struct {
			Active []struct{} `json:"activeAlertmanagers"`
		}
	}
	var rules struct {
		Data struct {
			Groups []struct{ Rules []struct{ Name string } }
		}
	}
	if d.cfg.Store == nil || d.askStore(ctx, "/api/v1/alertmanagers", &managers) != nil || managers.Data.Active == nil {
		return false, false
	}
	if d.askStore(ctx, "/api/v1/rules", &rules) != nil {
		return false, false
	}
	for _, g := range rules.Data.Groups {
		for _, r := range g.Rules {
			if r.Name == alertRule {
				return len(managers.Data.Active) > 0, true
			}
		}
	}
	return false, true
}

// checkControllers tells the edition, and who else scales.
func (d *doctor) checkControllers(ctx context.Context) {
	if d.functions == nil {
		d.skip("controllers", "the gateway did not list the functions", "")
		return
	}
	switch d.edition {
	case openfaas.Community:
		d.checkAlertManager(ctx)
	case openfaas.Standard, openfaas.Edge:
		d.checkOthers()
	default:
		d.warn("controllers", "the edition of OpenFaaS is not known", "set openfaas_edition: ce, standard or edge")
	}
	for _, r := range d.setBacks {
		for _, b := range r.SetBacks {
			d.find("controllers", fmt.Sprintf("%.64s has set back %d numbers of prewarm for %s in the last hour of steps", b.By, b.Count, r.Name), "prewarm explain "+r.Name+" says what to change")
		}
	}
}

// checkAlertManager checks that the community edition's AlertManager is off.
func (d *doctor) checkAlertManager(ctx context.Context) {
	on, told := d.alerts(ctx)
	switch {
	case on:
		d.find("controllers", "OpenFaaS Community Edition with AlertManager on: each alert that ends sets the fewest replicas, also those that prewarm has started", leaveOut)
	case told:
		d.ok("controllers", "OpenFaaS Community Edition without AlertManager: nothing else scales")
	default:
		d.warn("controllers", "OpenFaaS Community Edition; whether AlertManager is on is not known: the store does not say", "if kubectl -n openfaas get deploy alertmanager finds it: "+leaveOut)
	}
}

// checkOthers lists the active functions that other controllers of OpenFaaS scale too.
func (d *doctor) checkOthers() {
	by := map[string][]string{}
	active := 0
	for _, f := range d.functions {
		s, _ := f.Scaling(openfaas.Scaling{Mode: openfaas.ModeObserve, Edition: d.edition, CostRatio: 0.05, Concurrency: 1})
		if s.Mode != openfaas.ModeActive {
			continue
		}
		active++
		for _, name := range f.Others(d.edition, s.Actuator) {
			if name != string(s.Actuator) {
				by[name] = append(by[name], f.Name)
			}
		}
	}
	if len(by) == 0 {
		d.ok("controllers", fmt.Sprintf("OpenFaaS %s; nothing else scales the %d functions that are active by annotation", title(d.edition), active))
		return
	}
	for _, name := range []string{openfaas.Idler, openfaas.Autoscaler} {
		if functions := by[name]; len(functions) > 0 {
			d.warn("controllers", fmt.Sprintf("the %s of OpenFaaS %s scales active functions too: %s", name, title(d.edition), few(functions)),
				"functions/README.md, Beside other controllers; prewarm explain "+functions[0])
		}
	}
}

func title(e openfaas.Edition) string {
	return strings.ToUpper(string(e[:1])) + string(e[1:])
}

// few names up to three, and counts the others.
func few(names []string) string {
	slices.Sort(names)
	if len(names) <= 3 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
}

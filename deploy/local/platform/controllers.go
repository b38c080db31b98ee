package platform

import (
	"context"
	"net/http"
	"net/url"
	"time"

	sdk "github.com/openfaas/go-sdk"

	"prewarm/deploy/local/controller"
	"prewarm/deploy/local/controller/alertmanager"
	"prewarm/deploy/local/controller/autoscaler"
	"prewarm/deploy/local/controller/idler"
	"prewarm/deploy/local/controller/recording"
	"prewarm/deploy/local/gateway"
)

// controllerTimeout bounds one request of a controller to the gateway or the store.
const controllerTimeout = 5 * time.Second

// startControllers starts the controllers that the edition has, and the recording rules.
func (p *Platform) startControllers(ctx context.Context) error {
	all, err := p.rules()
	if err != nil {
		return err
	}
	clock := controller.Clock{Begin: time.Now(), Speed: p.opts.speed()}
	if !p.opts.NoControllers {
		all = append(all, p.controllers(clock)...)
	}
	for _, c := range all {
		p.loop(c.Name(), func() error { return controller.Run(ctx, c, clock, p.log) })
	}
	return nil
}

// controllers returns the controllers of the edition.
func (p *Platform) controllers(clock controller.Clock) []controller.Controller {
	store := p.controllerStore()
	idle := func(rule idler.Rule) controller.Controller {
		return &idler.Idler{Rule: rule, Gateway: p.controllerAPI("idler"), Store: store, Clock: clock}
	}
	switch p.opts.Edition {
	case gateway.Community:
		webhook := alertmanager.HTTPWebhook{URL: p.GatewayURL, User: p.opts.User, Password: p.opts.Password, Client: store.Client}
		return []controller.Controller{&alertmanager.AlertManager{Webhook: webhook, Store: store, Clock: clock}}
	case gateway.Edge:
		return []controller.Controller{idle(idler.Edge())}
	}
	return []controller.Controller{
		idle(idler.Standard()),
		&autoscaler.Autoscaler{Gateway: p.controllerAPI("autoscaler"), Store: store, Clock: clock},
	}
}

// rules returns the evaluator of the recording rules, if there is a file of them.
func (p *Platform) rules() ([]controller.Controller, error) {
	if p.opts.RecordingRules == "" {
		return nil, nil
	}
	rules, err := recording.Read(p.opts.RecordingRules)
	if err != nil {
		return nil, err
	}
	return []controller.Controller{&recording.Evaluator{Rules: rules, Store: p.controllerStore(), Now: time.Now}}, nil
}

// controllerStore is the store as controllers read it.
func (p *Platform) controllerStore() controller.HTTPStore {
	return controller.HTTPStore{URL: p.StoreURL, Client: &http.Client{Timeout: controllerTimeout}}
}

// controllerAPI is the gateway as controllers call it.
func (p *Platform) controllerAPI(name string) controller.API {
	u := &url.URL{Scheme: "http", Host: p.addresses().gateway}
	auth := &sdk.BasicAuth{Username: p.opts.User, Password: p.opts.Password}
	client := sdk.NewClient(u, auth, &http.Client{Timeout: controllerTimeout})
	return controller.API{Client: client, Namespace: gateway.Namespace, Controller: name, Log: p.log}
}

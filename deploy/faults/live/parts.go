//go:build unix

package live

import (
	"context"
	"fmt"
	"net/url"

	"prewarm/deploy/faults/link"
	"prewarm/deploy/faults/schedule"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/natsserver"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/process"
	"prewarm/deploy/local/replica"
)

// linkName is a client and the part that it asks.
type linkName struct{ from, to schedule.Part }

// openLinks chooses the ports of the parts and starts a proxy for each client of each.
func (c *Chain) openLinks() (err error) {
	target := map[schedule.Part]*int{schedule.NATS: &c.ports.nats, schedule.Gateway: &c.ports.gateway, schedule.Store: &c.ports.store}
	for _, port := range target {
		if *port, err = process.FreePort(); err != nil {
			return err
		}
	}
	for _, l := range schedule.PlatformLinks() {
		name := linkName{l.Part, l.To}
		if c.links[name], err = link.New(fmt.Sprintf("127.0.0.1:%d", *target[l.To])); err != nil {
			delete(c.links, name)
			return err
		}
	}
	return nil
}

// link returns the address under which a part reaches another one.
func (c *Chain) link(from, to schedule.Part) string { return c.links[linkName{from, to}].Addr() }

// envOf returns the addresses that a function is told.
func (c *Chain) envOf(function string) map[string]string {
	env := map[string]string{}
	for name, proxy := range c.links {
		if string(name.from) != function {
			continue
		}
		switch name.to {
		case schedule.NATS:
			env["nats_url"] = "nats://" + proxy.Addr()
		case schedule.Gateway:
			env["gateway_url"] = "http://" + proxy.Addr()
		case schedule.Store:
			env["prometheus_url"] = "http://" + proxy.Addr()
		}
	}
	return env
}

// outside is a part of the platform in a process of its own.
type outside struct {
	*child
	url   string
	ended chan struct{}
}

// URL is the address of NATS.
func (o outside) URL() string { return o.url }

// Stop ends the process.
func (o outside) Stop() { o.stop() }

// startNATS starts NATS as a child.
func (c *Chain) startNATS(o natsserver.Options) (platform.NATS, error) {
	argv, env, err := self(partConfig{NATS: &natsConfig{Dir: o.Dir, Port: o.Port}})
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", o.Port)
	if err := c.run(schedule.NATS, address, argv, env); err != nil {
		return nil, err
	}
	return outside{child: c.children[schedule.NATS], url: "nats://" + address}, nil
}

// startGateway starts the gateway as a child.
func (c *Chain) startGateway(_ context.Context, o gateway.Options, natsURL string) (platform.Gateway, error) {
	argv, env, err := self(partConfig{Gateway: &gatewayConfig{
		Listen: o.Listen, User: o.User, Password: o.Password, StateDir: o.StateDir, Images: string(o.Images.(gateway.ImageDirectory)),
		NATS: natsURL, Edition: o.Edition, ServicePoll: o.ServicePoll,
	}})
	if err != nil {
		return nil, err
	}
	if err := c.run(schedule.Gateway, o.Listen, argv, env); err != nil {
		return nil, err
	}
	return outside{child: c.children[schedule.Gateway], ended: make(chan struct{})}, nil
}

// Addr is the host:port of the gateway.
func (o outside) Addr() string { return o.address }

// Serve returns when Close is called.
func (o outside) Serve() error {
	<-o.ended
	return nil
}

// Close ends the gateway.
func (o outside) Close(context.Context) error {
	o.stop()
	close(o.ended)
	return nil
}

// Processes returns none: they are children of another process.
func (o outside) Processes() []replica.Process { return nil }

// startCron starts the cron connector as a child.
func (c *Chain) startCron(context.Context) error {
	base := url.URL{Scheme: "http", Host: c.link(schedule.Cron, schedule.Gateway)}
	argv, env, err := self(partConfig{Cron: &cronConfig{base.String(), c.platform.User(), c.platform.Password()}})
	if err != nil {
		return err
	}
	one := &child{launcher: c.launcher, argv: argv, env: env, output: c.opts.Output}
	c.children[schedule.Cron] = one
	return one.launch(nil) // it listens nowhere
}

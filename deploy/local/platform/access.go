package platform

import (
	"cmp"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/config"
)

// addresses are host:port of the parts.
type addresses struct{ nats, gateway, store string }

// addresses returns where the parts are. A loop may ask while a part is started again.
func (p *Platform) addresses() addresses {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// GatewayURL returns the address of the gateway.
func (p *Platform) GatewayURL() string { return "http://" + p.addresses().gateway }

// StoreURL returns the address of the Prometheus-compatible store.
func (p *Platform) StoreURL() string { return "http://" + p.addresses().store }

// NATSURL returns the address of NATS.
func (p *Platform) NATSURL() string { return "nats://" + p.addresses().nats }

// User returns the user of the gateway.
func (p *Platform) User() string { return p.opts.User }

// Password returns the password of User.
func (p *Platform) Password() string { return p.opts.Password }

// Key returns the secret with which the suite signs its messages.
func (p *Platform) Key() []byte { return []byte(p.key) }

// JetStream returns JetStream on the connection of the platform.
func (p *Platform) JetStream() (jetstream.JetStream, error) { return jetstream.New(p.conn) }

// OpenBus returns a bus of its own, with the limits of streams that the suite has: whichever
// program misses a stream first creates it. The caller closes it.
func (p *Platform) OpenBus() (*bus.Bus, error) {
	return bus.Connect(bus.ReadConfig(config.NewReader(func(key string) string {
		return map[string]string{
			"nats_url": p.NATSURL(), "secrets_dir": p.opts.StateDir,
			"decisions_max_bytes": cmp.Or(p.opts.Env["decisions_max_bytes"], decisionsSize),
			"transit_max_bytes":   cmp.Or(p.opts.Env["transit_max_bytes"], transitSize),
		}[key]
	})))
}

// StorePID returns the process id of the store, 0 while it is stopped.
func (p *Platform) StorePID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.store == nil {
		return 0
	}
	return p.store.Pid()
}

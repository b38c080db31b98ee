package platform

import (
	"context"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/natsserver"
	"prewarm/deploy/local/replica"
	"prewarm/deploy/local/store"
)

// StartNATS starts NATS. After StopNATS it has the same port and streams.
func (p *Platform) StartNATS(context.Context) error {
	srv, err := p.opts.NATS(natsserver.Options{Dir: filepath.Join(p.opts.StateDir, "nats"), Port: port(p.addresses().nats), Logger: p.log})
	if err != nil {
		return err
	}
	u, err := url.Parse(srv.URL())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// The first start takes a free port; the next one gets the same, because the functions
	// have its address in their environment.
	p.nats, p.address.nats = srv, u.Host
	return nil
}

// StopNATS stops NATS; its streams stay on disk.
func (p *Platform) StopNATS() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.nats != nil {
		p.nats.Stop()
		p.nats = nil
	}
}

// StartGateway starts the gateway. After StopGateway it has the same port and
// functions.
func (p *Platform) StartGateway(ctx context.Context) error {
	opts := gateway.Options{
		Listen: p.addresses().gateway, Edition: p.opts.Edition, User: p.opts.User, Password: p.opts.Password,
		StateDir: filepath.Join(p.opts.StateDir, "gateway"), Images: gateway.ImageDirectory(p.imageDir()),
		Logger: p.log,
	}
	// The gateway's defaults of seconds would be whole steps late.
	if p.opts.fast() {
		opts.ServicePoll = p.opts.Step / 4
	}
	g, err := p.newGateway(ctx, opts)
	if err != nil {
		return err
	}
	p.loop("gateway", g.Serve)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gateway, p.address.gateway = g, g.Addr()
	return nil
}

// newGateway starts a gateway as the options say.
func (p *Platform) newGateway(ctx context.Context, opts gateway.Options) (Gateway, error) {
	if p.opts.Gateway != nil {
		return p.opts.Gateway(ctx, opts, p.NATSURL())
	}
	var err error
	if opts.JetStream, err = jetstream.New(p.conn); err != nil {
		return nil, err
	}
	return gateway.New(ctx, opts)
}

// StopGateway lets calls finish within closeGrace and ends every replica.
// The lock is not held meanwhile, so that Processes and flush do not wait for the calls.
func (p *Platform) StopGateway() error {
	p.mu.Lock()
	g := p.gateway
	p.gateway = nil
	p.mu.Unlock()
	if g == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	return g.Close(ctx)
}

// StartStore starts the store, which scrapes the gateway and the replicas that the
// gateway lists. After StopStore it has the same port and samples.
// The replicas are listed by the gateway without credentials, and scraped each on its own
// port.
func (p *Platform) StartStore(ctx context.Context) error {
	at := p.addresses()
	s, err := store.Start(ctx, store.Options{
		Binary: p.binary, Dir: filepath.Join(p.opts.StateDir, "store"), Listen: at.store,
		ScrapeInterval: p.opts.scrapeInterval(), ScrapeOffset: p.opts.scrapeOffset(),
		Gateway: at.gateway, Discovery: p.GatewayURL() + gateway.TargetsPath, Logger: p.log,
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.store, p.address.store = s, s.Address()
	return nil
}

// StopStore stops the store; its samples stay on disk.
func (p *Platform) StopStore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.store != nil {
		p.store.Stop()
		p.store = nil
	}
}

// Processes returns the processes of all replicas, oldest first; none while the
// gateway is stopped.
func (p *Platform) Processes() []replica.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gateway == nil {
		return nil
	}
	return p.gateway.Processes()
}

// flushLoop makes the store show what it has scraped, after each scrape. Without it,
// VictoriaMetrics shows samples after a second or two, which may be more than a step.
func (p *Platform) flushLoop(ctx context.Context) error {
	interval, offset := p.opts.flushInterval(), p.opts.flushOffset()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		p.flush(ctx)
		now := time.Now()
		timer.Reset(now.Add(-offset).Truncate(interval).Add(interval + offset).Sub(now))
	}
}

// flush does nothing while the store is stopped.
func (p *Platform) flush(ctx context.Context) {
	p.mu.Lock()
	s := p.store
	p.mu.Unlock()
	if s == nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, p.opts.Step)
	defer cancel()
	if err := s.Flush(bounded); err != nil && ctx.Err() == nil {
		p.log.Debug("store not flushed", "error", err)
	}
}

// port returns the port of host:port, 0 if there is none.
// 0 asks for a free port, so that an address without one needs no special case.
func port(address string) int {
	_, text, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(text)
	return n
}

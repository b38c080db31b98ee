// Package link is a proxy between two parts that can break what passes: delay it, reset it,
// answer in its place, or lose the answer after the request has passed.
package link

import (
	"io"
	"net"
	"sync"
	"time"
)

// Mode is what a proxy does with connections.
type Mode int

// The modes of a proxy.
const (
	Pass    Mode = iota
	Slow         // each piece is delayed
	Cut          // connections are reset, new ones too
	Error        // HTTP requests are answered with 503
	LostAck      // requests pass, the connection is reset in place of the answer
)

// unavailable is the answer of the mode Error.
const unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// Proxy accepts connections on loopback and passes them to its target.
type Proxy struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu    sync.Mutex
	mode  Mode
	delay time.Duration
	open  map[net.Conn]bool
	ended bool
}

// New starts a proxy to a host:port, which need not listen yet.
func New(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, target: target, open: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is the host:port at which the proxy accepts connections.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Set changes the mode, also for the connections that are open: Cut and Error reset them, and
// LostAck resets each at its next answer. delay is for Slow.
func (p *Proxy) Set(mode Mode, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.delay = mode, delay
	if mode == Cut || mode == Error {
		p.reset()
	}
}

// Close ends the proxy and its connections.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	p.ended = true
	p.reset()
	p.mu.Unlock()
	p.running.Wait()
	return err
}

// reset resets all connections. The caller holds mu.
func (p *Proxy) reset() {
	for c := range p.open {
		abort(c)
	}
}

// abort closes a connection with a reset instead of an orderly end.
func abort(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

func (p *Proxy) state() (Mode, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode, p.delay
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(c) })
	}
}

// keep notes a connection, so that Set and Close can reset it. It is false after Close.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c] = true
	return !p.ended
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	_ = c.Close()
}

// serve passes one connection.
func (p *Proxy) serve(client net.Conn) {
	defer p.drop(client)
	mode, _ := p.state()
	switch {
	case !p.keep(client), mode == Cut:
		abort(client)
		return
	case mode == Error:
		_, _ = client.Read(make([]byte, 64<<10)) // a request first, as an answer to nothing is an error of its own
		_, _ = io.WriteString(client, unavailable)
		return
	}
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		abort(client)
		return
	}
	defer p.drop(server)
	if !p.keep(server) {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.copy(server, client, false)
		closeWrite(server)
	}()
	p.copy(client, server, true)
	closeWrite(client)
	<-done
}

// closeWrite tells the other side that nothing more comes.
func closeWrite(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}

// copy passes bytes until one side ends. Answers are reset in the mode LostAck.
func (p *Proxy) copy(to, from net.Conn, answer bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		mode, delay := p.state()
		if n > 0 && mode == LostAck && answer {
			abort(to)
			abort(from)
			return
		}
		if n > 0 && mode == Slow {
			time.Sleep(delay)
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

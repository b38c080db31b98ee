//go:build unix

package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Close saves the state, lets requests finish until the context ends, and stops all
// replicas. Further calls do nothing.
func (g *Gateway) Close(ctx context.Context) (err error) {
	g.closing.Do(func() { err = g.close(ctx) })
	return err
}

// close also releases a gateway that open has left half done. The state is saved
// before the replicas are scaled down.
func (g *Gateway) close(ctx context.Context) error {
	var errs []error
	// Each part is nil if open has failed before it.
	if g.stop != nil {
		g.stop()
		errs = append(errs, g.save())
	}
	// Before background.Wait: asynchronous calls and deleted functions end with their pools.
	errs = append(errs, g.closeServer(ctx))
	g.background.Wait()
	g.transport.CloseIdleConnections()
	if g.queues != nil {
		g.queues.callback.CloseIdleConnections()
	}
	if g.metrics != nil {
		g.metrics.unregister(g.opts.Registry)
	}
	if g.launcher != nil {
		errs = append(errs, g.launcher.Close())
	}
	return errors.Join(errs...)
}

// closeServer ends requests and replicas at the same time, because each can wait for
// the other: a streaming request ends with its replica, and a replica waits for its
// requests.
func (g *Gateway) closeServer(ctx context.Context) error {
	var shutdown error
	var draining sync.WaitGroup
	draining.Go(func() {
		if g.server != nil {
			shutdown = g.server.Shutdown(ctx)
		}
	})
	for _, fn := range g.all() {
		draining.Go(func() { _ = fn.pool.Close(ctx) })
	}
	draining.Wait()
	if g.server != nil {
		// Shutdown leaves connections open if ctx ends first; Close cuts them.
		_ = g.server.Close()
	}
	if g.listener != nil {
		_ = g.listener.Close()
	}
	if shutdown != nil {
		return fmt.Errorf("requests did not finish: %w", shutdown)
	}
	return nil
}

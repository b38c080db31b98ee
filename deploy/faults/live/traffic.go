//go:build unix

package live

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
)

// habit is a workload function and when it is called.
type habit struct {
	name  string
	every int64 // steps, 0 for never
	calls int
	zero  bool // may be scaled to zero
}

func habits() []habit {
	return []habit{{"busy", 1, 3, true}, {"steady", 2, 1, true}, {"timer", 5, 2, true}, {"floor", 3, 1, false}, {"idle", 0, 0, true}}
}

// deploy deploys the workload functions.
func (c *Chain) deploy(ctx context.Context) error {
	image, err := c.platform.Image("workload")
	if err != nil {
		return err
	}
	var names []string
	for _, h := range habits() {
		labels := map[string]string{"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "1"}
		annotations := map[string]string{"prewarm.mode": "active", "prewarm.max": "5", "com.openfaas.health.http.path": "/_/health"}
		if h.zero {
			annotations["prewarm.zero"] = "true"
		}
		if err := c.platform.Deploy(ctx, types.FunctionDeployment{Service: h.name, Image: image, Labels: &labels, Annotations: &annotations}); err != nil {
			return err
		}
		names = append(names, h.name)
		c.log.Functions = append(c.log.Functions, h.name+"."+gateway.Namespace)
	}
	return c.platform.AwaitReady(ctx, names...)
}

// traffic calls the functions in the middle of their steps until ctx ends. A call that fails
// is not repeated.
func (c *Chain) traffic(ctx context.Context) {
	client := &http.Client{Timeout: 10 * time.Second}
	rng := rand.New(rand.NewPCG(c.opts.Seed, 3))
	c.background.Go(func() {
		for {
			next := time.Now().Truncate(c.opts.Step).Add(c.opts.Step + c.opts.Step/4)
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(next)):
			}
			for _, h := range habits() {
				if h.every > 0 && next.Unix()/int64(c.opts.Step/time.Second)%h.every == 0 && c.calling.Load() {
					c.call(ctx, client, h, rng)
				}
			}
		}
	})
}

// call makes the calls of a step, which take a tenth of a step or more.
func (c *Chain) call(ctx context.Context, client *http.Client, h habit, rng *rand.Rand) {
	for range h.calls {
		seconds := c.opts.Step.Seconds() * (0.1 + 0.2*rng.Float64())
		c.background.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.platform.GatewayURL()+"/function/"+h.name, http.NoBody)
			if err != nil {
				return
			}
			req.Header.Set("X-Work-Seconds", formatSeconds(seconds))
			if res, err := client.Do(req); err == nil {
				res.Body.Close()
			}
		})
	}
}

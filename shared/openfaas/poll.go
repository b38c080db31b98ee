package openfaas

import (
	"context"
	"time"
)

// Lister lists the deployed functions, as Client does.
type Lister interface {
	List(ctx context.Context) ([]Function, error)
}

// Poll lists the functions and passes each answer to take, until take returns
// false or ctx ends. The first list is at once, each further one interval after
// the answer before it. take also gets the error of a list that the end of ctx
// cut off.
//
// The interval is fixed, without jitter or backoff: a list is cheap, and few
// programs poll one gateway.
func Poll(ctx context.Context, gw Lister, interval time.Duration, take func([]Function, error) (more bool)) {
	for take(gw.List(ctx)) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
	}
}

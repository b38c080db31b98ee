package openfaas

import (
	"context"
	"fmt"
	"strings"

	"github.com/openfaas/faas-provider/types"
)

// Function returns one deployed function (name.namespace). The error wraps ErrNotFound if it
// is not deployed.
//
// Source: OpenFaaS REST API, GET /system/function/{functionName}, whose answer is one entry
// of the list of functions (https://docs.openfaas.com/reference/rest-api).
func (c *Client) Function(ctx context.Context, name string) (Function, error) {
	short, ns, _ := strings.Cut(name, ".")
	var status types.FunctionStatus
	err := c.call(ctx, func(ctx context.Context) (err error) {
		status, err = c.sdk.GetFunction(ctx, short, ns)
		return err
	})
	if err != nil {
		return Function{}, fmt.Errorf("read %s: %w", name, err)
	}
	read := function(status, ns)
	if read.Name != name { // also an answer without a name
		return Function{}, fmt.Errorf("read %s: %w: the answer is about %.200q", name, ErrUnavailable, read.Name)
	}
	return read, nil
}

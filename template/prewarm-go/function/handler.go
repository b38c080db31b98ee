// Package function answers a call with a greeting. Write your own function in its place.
package function

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/config"
	"prewarm/shared/serve"
)

// maxName is the longest name that a call may send, in bytes.
const maxName = 100

// Function answers calls. Several calls run at the same time: what they share must be safe
// for concurrent use.
type Function struct {
	greeting string
}

// New is called once, when a replica starts. It reads the environment: the variable greeting
// ("Hello"). An error ends the replica, so that a wrong value is seen at the deployment. ctx
// ends when the replica has answered its last call.
func New(_ context.Context, getenv func(string) string) (*Function, error) {
	r := config.NewReader(getenv)
	f := &Function{greeting: r.String("greeting", "Hello")}
	return f, r.Err()
}

// Handle is called with each request: its body is a name, the answer a greeting. A body that
// is empty or too long is answered with 400. An error of Handle is logged and answered with 500.
func (f *Function) Handle(req handler.Request) (handler.Response, error) {
	name := strings.TrimSpace(string(req.Body))
	if name == "" || len(name) > maxName {
		return serve.Text(http.StatusBadRequest, fmt.Sprintf("the body must be a name of 1 to %d bytes, had: %d", maxName, len(name))), nil
	}
	slog.Debug("greeted", "bytes", len(name)) // shown by faas-cli logs if log_level is debug
	return serve.Text(http.StatusOK, f.greeting+", "+name), nil
}

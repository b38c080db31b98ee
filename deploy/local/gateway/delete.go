//go:build unix

package gateway

import (
	"context"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/openfaas/faas-provider/types"
)

// deleteGrace bounds how long the requests of a deleted function may take.
const deleteGrace = 2 * time.Minute

// deleteFunction serves DELETE /system/functions and answers 202. The function is gone at
// once and its name can be deployed again; its requests finish in the background.
func (g *Gateway) deleteFunction(w http.ResponseWriter, r *http.Request) error {
	name, err := bodyOf(w, r, decodeDelete)
	if err != nil {
		return err
	}
	g.changes.Lock()
	defer g.changes.Unlock()
	fn, err := g.find(name)
	if err != nil {
		return err
	}
	g.mu.Lock()
	delete(g.functions, fn.name)
	g.leaving = append(g.leaving, fn)
	g.mu.Unlock()
	// In the background: calls in flight may take minutes, and the client should not
	// wait for them.
	g.background.Go(func() { g.dismantle(fn) })
	if err := g.saveLocked(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// decodeDelete returns the name of the function to delete.
func decodeDelete(body []byte) (string, error) {
	var request types.DeleteFunctionRequest
	if err := decode(body, &request); err != nil {
		return "", err
	}
	if request.FunctionName == "" {
		return "", badRequest("functionName must be set")
	}
	return request.FunctionName, validateNamespace(request.Namespace)
}

// dismantle lets the requests of a deleted function finish, stops its replicas and
// removes its directory, unless the function was deployed again meanwhile.
func (g *Gateway) dismantle(fn *function) {
	ctx, cancel := context.WithTimeout(context.Background(), deleteGrace)
	defer cancel()
	// Without g.changes: this takes as long as the requests, and other deployments go on.
	if err := fn.pool.Close(ctx); err != nil {
		g.log.Warn("requests of a deleted function were cut off", "function", fn.name, "error", err)
	}
	g.changes.Lock()
	defer g.changes.Unlock()
	g.mu.Lock()
	g.leaving = slices.DeleteFunc(g.leaving, func(other *function) bool { return other == fn })
	g.mu.Unlock()
	// Deployed again under the same name: the directory belongs to the new function.
	if _, err := g.find(fn.name); err == nil {
		return
	}
	if err := os.RemoveAll(g.functionDir(fn.name)); err != nil {
		g.log.Warn("directory of a deleted function stays", "function", fn.name, "error", err)
	}
}

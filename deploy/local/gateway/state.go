//go:build unix

package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/shared/cli"
)

// savedFunction is one function in the state file.
// Settings and path are left out: they follow from the deployment, and a gateway of another
// edition or with other images must derive its own.
type savedFunction struct {
	Deployment types.FunctionDeployment `json:"deployment"` // as it was sent
	Replicas   uint64                   `json:"replicas"`   // desired
	Created    time.Time                `json:"created"`
}

// savedState is the content of the state file.
type savedState struct {
	Functions []savedFunction `json:"functions"`
}

// statePath is the path of the state file.
func (g *Gateway) statePath() string { return filepath.Join(g.opts.StateDir, "state.json") }

// functionDir is the working directory of a function's replicas. Their secrets are mounted
// below it.
func (g *Gateway) functionDir(name string) string {
	return filepath.Join(g.opts.StateDir, "functions", name)
}

// markDirty asks for a save. It does not wait for it.
func (g *Gateway) markDirty() {
	select {
	case g.dirty <- struct{}{}:
	default: // a save is due already, and it will see this change
	}
}

// saveChanges saves the state after changes of replica counts, until the context
// ends.
func (g *Gateway) saveChanges(ctx context.Context) {
	for {
		select {
		case <-g.dirty:
		case <-ctx.Done():
			return
		}
		g.changes.Lock()
		// A closing gateway has saved its counts and now scales to zero.
		if ctx.Err() == nil {
			if err := g.saveLocked(); err != nil {
				g.log.Error("state not saved", "error", err)
			}
		}
		g.changes.Unlock()
	}
}

// save writes all functions.
func (g *Gateway) save() error {
	g.changes.Lock()
	defer g.changes.Unlock()
	return g.saveLocked()
}

// saveLocked writes all functions. The caller holds g.changes.
// The file is replaced as a whole, so that an interrupt leaves the old state or the new one.
func (g *Gateway) saveLocked() error {
	state := savedState{Functions: []savedFunction{}}
	for _, fn := range g.list() {
		d, _ := fn.state()
		state.Functions = append(state.Functions, savedFunction{
			Deployment: d,
			Replicas:   uint64(fn.pool.Stats().Desired),
			Created:    fn.created,
		})
	}
	// Readable by the owner only: environment variables may hold credentials.
	err := cli.WritePrivate(g.statePath(), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(state)
	})
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	return nil
}

// restore deploys the functions of the state file again.
func (g *Gateway) restore() error {
	body, err := os.ReadFile(g.statePath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	state, err := decodeState(body)
	if err != nil {
		return fmt.Errorf("restore %s: %w", g.statePath(), err)
	}
	for _, saved := range state.Functions {
		g.restoreFunction(saved)
	}
	return nil
}

// decodeState decodes a state file. Its functions are checked one by one.
func decodeState(body []byte) (savedState, error) {
	var state savedState
	err := json.Unmarshal(body, &state)
	return state, err
}

// decode makes the same checks as for a request, because the edition may have changed since
// the save.
func (s savedFunction) decode(edition Edition) (deployment, error) {
	body, err := json.Marshal(s.Deployment)
	if err != nil {
		panic(err) // it was decoded from JSON
	}
	return decodeDeployment(body, edition)
}

// restoreFunction deploys one function of the state file. A function that cannot be
// deployed any more is skipped with a warning: if its program is gone, the others
// must start all the same.
func (g *Gateway) restoreFunction(saved savedFunction) {
	d, err := saved.decode(g.opts.Edition)
	if err == nil {
		if err = g.provide(&d); err == nil {
			fn := g.add(d, saved.Created)
			fn.pool.SetDesired(g.opts.Edition.clamp(saved.Replicas))
			return
		}
	}
	g.log.Warn("function not restored", "function", saved.Deployment.Service, "error", err)
}

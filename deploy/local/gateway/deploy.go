//go:build unix

package gateway

import (
	"maps"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"
)

// listFunctions serves GET /system/functions. The list is never null: faas-cli reads an
// array.
func (g *Gateway) listFunctions(w http.ResponseWriter, r *http.Request) error {
	if err := validateNamespace(r.URL.Query().Get("namespace")); err != nil {
		return err
	}
	all := []types.FunctionStatus{}
	for _, fn := range g.list() {
		all = append(all, fn.listed())
	}
	return writeJSON(w, all)
}

// describeFunction serves GET /system/function/NAME.
func (g *Gateway) describeFunction(w http.ResponseWriter, r *http.Request) error {
	if err := validateNamespace(r.URL.Query().Get("namespace")); err != nil {
		return err
	}
	fn, err := g.find(mux.Vars(r)["name"])
	if err != nil {
		return err
	}
	return writeJSON(w, fn.status())
}

// deployFunction serves POST /system/functions. A function that exists is an error 409,
// with which faas-cli deploy --update=false ends.
func (g *Gateway) deployFunction(w http.ResponseWriter, r *http.Request) error {
	return g.change(w, r, g.deploy)
}

// updateFunction serves PUT /system/functions. An unknown function is an error 404, after
// which faas-cli deploy makes a new deployment.
func (g *Gateway) updateFunction(w http.ResponseWriter, r *http.Request) error {
	return g.change(w, r, g.update)
}

// change decodes a deployment, applies it and answers 202, as faas-netes does: the replicas
// follow later.
func (g *Gateway) change(w http.ResponseWriter, r *http.Request, apply func(deployment) error) error {
	d, err := bodyOf(w, r, func(body []byte) (deployment, error) { return decodeDeployment(body, g.opts.Edition) })
	if err != nil {
		return err
	}
	// Held until the save is done, so that the file has the changes in the order of their
	// answers.
	g.changes.Lock()
	defer g.changes.Unlock()
	if err := apply(d); err != nil {
		return err
	}
	if err := g.saveLocked(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// deployment is a valid deployment with its settings and, once it is provided, its image.
type deployment struct {
	types.FunctionDeployment
	settings settings
	image    Image
}

// environment returns the environment of the container: that of the image, in which the
// variables of the deployment take precedence.
func (d deployment) environment() map[string]string {
	env := map[string]string{}
	maps.Copy(env, d.image.Env)
	maps.Copy(env, d.EnvVars)
	if program := process(d.FunctionDeployment); program != "" {
		env[variableProcess] = program
	}
	return env
}

// decodeDeployment decodes and validates a deployment. Its errors have status 400.
func decodeDeployment(body []byte, edition Edition) (deployment, error) {
	var d deployment
	if err := decode(body, &d.FunctionDeployment); err != nil {
		return d, err
	}
	if err := validateDeployment(d.FunctionDeployment); err != nil {
		return d, badRequest("%s", err)
	}
	if err := edition.check(d.FunctionDeployment); err != nil {
		return d, badRequest("%s", err)
	}
	var err error
	if d.settings, err = newSettings(d.FunctionDeployment, d.EnvVars, edition); err != nil {
		return d, badRequest("%s", err)
	}
	return d, nil
}

// deploy adds a function. The caller holds g.changes.
func (g *Gateway) deploy(d deployment) error {
	if _, err := g.find(d.Service); err == nil {
		return &statusError{http.StatusConflict, "function " + d.Service + " exists already"}
	}
	if err := g.opts.Edition.checkCount(len(g.list())); err != nil {
		return badRequest("%s", err)
	}
	if err := g.provide(&d); err != nil {
		return err
	}
	fn := g.add(d, g.now())
	fn.pool.SetDesired(g.opts.Edition.clamp(uint64(d.settings.min)))
	g.log.Info("deployed", "function", fn.name, "image", d.Image)
	return nil
}

// update replaces the deployment of a function, and keeps its scale within the new
// bounds. The caller holds g.changes.
// If the new program or a secret is missing, nothing changes.
func (g *Gateway) update(d deployment) error {
	fn, err := g.find(d.Service)
	if err != nil {
		return err
	}
	if err := g.provide(&d); err != nil {
		return err
	}
	// The settings change at once, the replicas one by one: the pool keeps old ones
	// until new ones are ready.
	fn.setState(d.FunctionDeployment, d.settings)
	fn.pool.Update(g.spec(d))
	fn.pool.SetDesired(g.opts.Edition.clamp(d.settings.within(fn.pool.Stats().Desired)))
	g.log.Info("updated", "function", fn.name, "image", d.Image)
	return nil
}

// provide finds the image, whose variables the settings follow too, and mounts the secrets.
func (g *Gateway) provide(d *deployment) (err error) {
	if d.image, err = g.opts.Images.Resolve(d.Image); err != nil {
		return badRequest("%s", err)
	}
	if d.settings, err = newSettings(d.FunctionDeployment, d.environment(), g.opts.Edition); err != nil {
		return badRequest("image %s: %s", d.Image, err)
	}
	for _, secret := range d.Secrets {
		if !g.secrets.exists(secret) {
			return badRequest("secret %s does not exist", secret)
		}
	}
	return g.secrets.mount(g.functionDir(d.Service), d.Secrets)
}

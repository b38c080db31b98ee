//go:build unix

package gateway

import (
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"
)

// gatewayInfo is the answer of /system/info, as faas-cli prints it.
type gatewayInfo struct {
	Provider types.ProviderInfo `json:"provider"`
	Version  types.VersionInfo  `json:"version"`
	Arch     string             `json:"arch"`
}

// info serves /system/info, which faas-cli version prints. Clients tell the editions apart
// by their providers.
func (g *Gateway) info(w http.ResponseWriter, _ *http.Request) error {
	version := types.VersionInfo{Release: g.opts.Release, SHA: revision()}
	name, orchestration := g.opts.Edition.provider()
	return writeJSON(w, gatewayInfo{
		Provider: types.ProviderInfo{
			Name:          name,
			Version:       &version,
			Orchestration: orchestration,
		},
		Version: version,
		Arch:    architecture(),
	})
}

// provider returns name and orchestration of the provider of an edition. Those of Standard
// and Edge are not documented: here they have the names that faas-netes and faasd had before
// the community editions took names of their own.
//
// Source: pkg/handlers/info.go of openfaas/faas-netes, pkg/provider/handlers/info.go of
// openfaas/faasd.
func (e Edition) provider() (name, orchestration string) {
	switch e {
	case Community:
		return "faas-netes-ce", "kubernetes"
	case Edge:
		return "faasd", "containerd"
	default:
		return "faas-netes", "kubernetes"
	}
}

// revision returns the commit that the program was built from, or "unknown".
// It is known only if the program was built from a checkout.
func revision() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range build.Settings {
			if setting.Key == "vcs.revision" {
				return setting.Value
			}
		}
	}
	return "unknown"
}

// architecture returns the name that uname has for it, as the OpenFaaS gateway does.
func architecture() string {
	switch runtime.GOARCH {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	default:
		return runtime.GOARCH
	}
}

// listNamespaces serves /system/namespaces.
func (g *Gateway) listNamespaces(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, []string{Namespace})
}

// serveNamespace describes the only namespace. It changes none, as editions without
// multiple namespaces do.
func (g *Gateway) serveNamespace(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return &statusError{http.StatusNotImplemented, "namespaces cannot be changed: there is only " + Namespace}
	}
	if name := mux.Vars(r)["name"]; name != Namespace {
		return notFound("namespace %q not found", name)
	}
	return writeJSON(w, types.FunctionNamespace{
		Name:        Namespace,
		Annotations: map[string]string{"openfaas": "1"},
	})
}
